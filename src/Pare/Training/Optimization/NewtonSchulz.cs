using Pare.Numerics;

namespace Pare.Training;

/// <summary>Brings the singular values of a matrix near 1: X ← aX + (bA + cA²)X with A = XXᵀ, five times, from X / ‖X‖.</summary>
/// <remarks>
/// a = 3.4445, b = −4.7750, c = 2.0315 (Jordan et al. 2024) are chosen to lift small singular values fast; those above 0.01 of the norm end between 0.65 and 1.25.
/// A matrix of more rows than columns is multiplied from the right instead, so that A is as small as it can be.
/// </remarks>
internal sealed unsafe class NewtonSchulz(ComputePool pool, int largestSide, long largestCount) : IDisposable
{
    private const float A = 3.4445f;
    private const float B = -4.7750f;
    private const float C = 2.0315f;
    private const int Rounds = 5;

    private readonly NativeBuffer<float> _gram = new((long)largestSide * largestSide, zeroed: false);
    private readonly NativeBuffer<float> _polynomial = new((long)largestSide * largestSide, zeroed: false);
    private readonly NativeBuffer<float> _other = new(largestCount, zeroed: false);

    /// <summary>Orthogonalizes in place.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public void Run(float* x, int rows, int columns)
    {
        var count = checked(rows * columns);
        var norm = Math.Sqrt(VectorMath.Moments(new ReadOnlySpan<float>(x, count)).Squares);
        if (norm == 0) return;
        VectorMath.Scale(new Span<float>(x, count), (float)(1 / (norm + 1e-7)));
        var tall = rows > columns;
        var side = Math.Min(rows, columns);
        var square = side * side;
        var from = x;
        var to = _other.Pointer;
        for (var round = 0; round < Rounds; round++)
        {
            Gemm.Multiply(pool, tall, !tall, side, side, Math.Max(rows, columns), 1, from, columns, from, columns, 0, _gram.Pointer, side);
            var polynomial = _polynomial.Slice(0, square);
            _gram.Slice(0, square).CopyTo(polynomial);
            Gemm.Multiply(pool, false, false, side, side, side, C, _gram.Pointer, side, _gram.Pointer, side, B, _polynomial.Pointer, side);
            new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
            if (tall) Gemm.Multiply(pool, false, false, rows, columns, columns, 1, from, columns, _polynomial.Pointer, side, A, to, columns);
            else Gemm.Multiply(pool, false, false, rows, columns, rows, 1, _polynomial.Pointer, side, from, columns, A, to, columns);
            var read = from;
            from = to;
            to = read;
        }

        if (from != x) new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(x, count));
    }

    public void Dispose()
    {
        _gram.Dispose();
        _polynomial.Dispose();
        _other.Dispose();
    }
}
