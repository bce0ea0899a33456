using Pare.Calibration;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>U, upper triangular, with H⁻¹ = Uᵀ · U for the damped second moments H of an input: row j of U / U[j, j] tells how the error in column j is spread over the columns behind it.</summary>
internal sealed unsafe class InverseFactor : IDisposable
{
    private readonly NativeBuffer<float> _values;
    private readonly int[] _order;
    private readonly bool[] _dead;

    /// <summary>Damps, factors and inverts.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="statistics">Second moments of the input.</param>
    /// <param name="damping">λ; λ · mean(diag H) is added to the diagonal, more where that is not enough.</param>
    /// <param name="byMoment">Whether columns are taken by falling H[j, j] (act-order) rather than in their own order.</param>
    /// <exception cref="ArithmeticException">H is not finite, or cannot be made positive definite.</exception>
    public InverseFactor(ComputePool pool, InputStatistics statistics, double damping, bool byMoment)
    {
        var n = statistics.Columns;
        _order = [.. Enumerable.Range(0, n)];
        if (byMoment)
        {
            var keys = new double[n];
            for (var i = 0; i < n; i++) keys[i] = -statistics.SquareSums[i];
            Array.Sort(keys, _order);
        }

        _dead = new bool[n];
        using var moments = new NativeBuffer<double>((long)n * n, zeroed: false);
        using var factor = new NativeBuffer<double>((long)n * n, zeroed: false);
        Gather(statistics, moments.Pointer, n);
        Damping = DampedCholesky.Factor(pool, moments.Pointer, factor.Pointer, n, damping);
        Cholesky.InvertTransposed(pool, factor.Pointer, moments.Pointer, n);
        _values = new NativeBuffer<float>((long)n * n);
        // The columns were turned round, so U is L⁻¹ turned round; L⁻¹ lies here as its transpose.
        for (var i = 0; i < n; i++)
        {
            for (var j = i; j < n; j++) _values.Pointer[(long)i * n + j] = (float)moments.Pointer[(long)(n - 1 - j) * n + (n - 1 - i)];
        }
    }

    /// <summary>λ that was used.</summary>
    public double Damping { get; }

    /// <summary>U, [n, n] in the order of <see cref="Order"/>.</summary>
    public float* Values => _values.Pointer;

    /// <summary>The column of the weight that is taken as the i-th.</summary>
    public ReadOnlySpan<int> Order => _order;

    /// <summary>Whether the i-th column never had an input other than zero.</summary>
    public ReadOnlySpan<bool> Dead => _dead;

    public void Dispose() => _values.Dispose();

    // H in the order of the columns, turned round. A column without input counts as one with moment 1 and no relation to the others.
    private void Gather(InputStatistics statistics, double* target, int n)
    {
        var source = statistics.Moments;
        for (var i = 0; i < n; i++)
        {
            var row = _order[n - 1 - i];
            for (var j = 0; j < i; j++)
            {
                var column = _order[n - 1 - j];
                target[(long)i * n + j] = source[(long)row * n + column];
            }

            var diagonal = statistics.SquareSums[row];
            _dead[n - 1 - i] = diagonal == 0;
            target[(long)i * n + i] = diagonal == 0 ? 1 : diagonal;
        }
    }
}
