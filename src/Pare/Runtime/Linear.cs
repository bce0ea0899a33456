using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>y = W x + b over a stored weight format, for one token or many. The format is chosen once per matrix.</summary>
internal sealed unsafe class Linear : IDisposable
{
    /// <summary>Up to this many tokens rows are multiplied as they are read; beyond, panels are decoded for a GEMM.</summary>
    public const int FewTokens = 8;

    private readonly Weight _weight;
    private readonly NativeBuffer<float>? _bias;
    private readonly RowDot? _dot;

    public Linear(Weight weight, Weight? bias)
    {
        _weight = weight;
        Rows = weight.Rows;
        Columns = weight.Columns;
        _dot = RowDot.For(weight);
        if (bias is null) return;
        _bias = new NativeBuffer<float>(Rows);
        bias.Read(0, 0, _bias.Span);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Bytes of weights that one token reads.</summary>
    public long WeightBytes => _weight.ByteLength;

    /// <summary>y[n, rows] = x[n, columns] · Wᵀ + b.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="x">[n, columns].</param>
    /// <param name="n">Tokens.</param>
    /// <param name="y">[n, rows]; does not overlap x.</param>
    public void Multiply(ComputePool pool, float* x, int n, float* y)
    {
        if (n <= FewTokens) MultiplyFew(pool, x, n, y);
        else if (_weight is { IsContiguous: true, Type: ElementType.F32 })
            Gemm.MultiplyTransposed(pool, x, n, Columns, Columns, new DenseRows((float*)_weight.StoredRow(0), Columns), Rows, y, Rows);
        else
            Gemm.MultiplyTransposed(pool, x, n, Columns, Columns, new WeightRows(_weight), Rows, y, Rows);
        if (_bias is not null) pool.For(n, new AddBias(y, _bias.Pointer, Rows));
    }

    public void Dispose() => _bias?.Dispose();

    private void MultiplyFew(ComputePool pool, float* x, int n, float* y)
    {
        var rowsPerPart = RowsPerPart();
        var parts = (Rows + rowsPerPart - 1) / rowsPerPart;
        if (_dot is not null)
        {
            pool.For(parts, new DotRows(_dot, x, n, y, Rows, Columns, rowsPerPart));
            return;
        }

        var scratch = pool.Scratch(0, (long)pool.Threads * Columns);
        pool.For(parts, new DecodeRows(_weight, x, n, y, rowsPerPart, scratch));
    }

    // About 64 KB of weights to a part: enough to be worth handing out, small enough to share evenly.
    private int RowsPerPart()
    {
        var rowBytes = Math.Max(1, _weight.ByteLength / Rows);
        return (int)Math.Clamp((1 << 16) / rowBytes, 1, Rows);
    }

    private readonly struct AddBias(float* y, float* bias, int rows) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var row = new Span<float>(y + (long)part * rows, rows);
            System.Numerics.Tensors.TensorPrimitives.Add(row, new ReadOnlySpan<float>(bias, rows), row);
        }
    }

    private readonly struct DotRows(RowDot dot, float* x, int n, float* y, int rows, int columns, int rowsPerPart) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var first = part * rowsPerPart;
            dot.Multiply(first, Math.Min(rows, first + rowsPerPart), x, columns, n, y, rows);
        }
    }

    private readonly struct DecodeRows(Weight weight, float* x, int n, float* y, int rowsPerPart, float* scratch) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var columns = weight.Columns;
            var row = new Span<float>(scratch + (long)worker * columns, columns);
            var last = Math.Min(weight.Rows, (part + 1) * rowsPerPart);
            for (var r = part * rowsPerPart; r < last; r++)
            {
                weight.Read(r, 0, row);
                for (var t = 0; t < n; t++)
                    y[(long)t * weight.Rows + r] = VectorMath.Dot(row, new ReadOnlySpan<float>(x + (long)t * columns, columns));
            }
        }
    }
}
