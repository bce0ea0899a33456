using Pare.Numerics;

namespace Pare.Training;

/// <summary>Sums over the tokens of a batch, in an order that does not depend on the number of threads.</summary>
internal static unsafe class ColumnSums
{
    /// <summary>Tokens whose sum one part makes.</summary>
    public const int RowsPerPart = 128;

    /// <summary>Partial sums of n rows.</summary>
    public static int Parts(int n) => (n + RowsPerPart - 1) / RowsPerPart;

    /// <summary>sum[j] += Σ_i x[i, j].</summary>
    /// <param name="work">Threads and scratch memory.</param>
    /// <param name="x">[n, length].</param>
    /// <param name="n">Rows.</param>
    /// <param name="length">Columns.</param>
    /// <param name="sum">[length].</param>
    public static void Add(LayerWork work, float* x, int n, int length, float* sum)
    {
        var partial = work.Floats(LayerWork.PartialSums, (long)Parts(n) * length);
        work.Pool.For(Parts(n), new SumRows(x, n, length, partial));
        Combine(partial, Parts(n), length, sum);
    }

    /// <summary>sum[j] += Σ_part partial[part, j], in order.</summary>
    public static void Combine(float* partial, int parts, int length, float* sum)
    {
        for (var part = 0; part < parts; part++) VectorMath.Add(new ReadOnlySpan<float>(partial + (long)part * length, length), new Span<float>(sum, length));
    }

    private readonly struct SumRows(float* x, int n, int length, float* partial) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var sum = new Span<float>(partial + (long)part * length, length);
            sum.Clear();
            var end = Math.Min(n, (part + 1) * RowsPerPart);
            for (var row = part * RowsPerPart; row < end; row++) VectorMath.Add(new ReadOnlySpan<float>(x + (long)row * length, length), sum);
        }
    }
}
