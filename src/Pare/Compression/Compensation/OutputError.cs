using Pare.Calibration;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>How far a changed weight moves the outputs on the calibration inputs.</summary>
internal static unsafe class OutputError
{
    /// <summary>‖(Ŵ − W)·X‖ / ‖W·X‖ (Frobenius), from Σ x·xᵀ.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="statistics">Second moments of the input.</param>
    /// <param name="before">W, [rows, columns].</param>
    /// <param name="after">Ŵ, [rows, columns].</param>
    /// <param name="rows">Rows.</param>
    /// <returns>The ratio; 0 where both are zero.</returns>
    public static double Relative(ComputePool pool, InputStatistics statistics, float[] before, float[] after, int rows)
    {
        var difference = new float[before.Length];
        System.Numerics.Tensors.TensorPrimitives.Subtract(after, before, difference);
        var changed = Energy(pool, statistics, difference, rows);
        var all = Energy(pool, statistics, before, rows);
        return all > 0 ? Math.Sqrt(Math.Max(0, changed) / all) : changed > 0 ? double.PositiveInfinity : 0;
    }

    /// <summary>Σ over rows of w · H · wᵀ = ‖W·X‖², H being Σ x·xᵀ.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="statistics">Second moments of the input.</param>
    /// <param name="weights">W, [rows, columns].</param>
    /// <param name="rows">Rows.</param>
    public static double Energy(ComputePool pool, InputStatistics statistics, float[] weights, int rows)
    {
        const int Panel = 256;
        var n = statistics.Columns;
        using var products = new NativeBuffer<float>((long)Panel * n, zeroed: false);
        double energy = 0;
        fixed (float* w = weights)
        {
            for (var first = 0; first < rows; first += Panel)
            {
                var count = Math.Min(Panel, rows - first);
                Gemm.Multiply(pool, transposeA: false, transposeB: false, count, n, n, 1, w + (long)first * n, n, statistics.Moments, n, 0, products.Pointer, n);
                for (var row = 0; row < count; row++)
                    energy += VectorMath.Dot(new ReadOnlySpan<float>(w + (long)(first + row) * n, n), new ReadOnlySpan<float>(products.Pointer + (long)row * n, n));
            }
        }

        return energy;
    }
}
