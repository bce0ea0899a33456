using System.Diagnostics;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>How fast this machine multiplies matrices, for plans.</summary>
internal static unsafe class MatrixSpeed
{
    private const int Size = 512;
    private const int Repeats = 4;

    /// <summary>Floating-point operations a second of float32 products, from a few hundredths of a second of them.</summary>
    /// <param name="threads">Threads; 0 is one per processor.</param>
    public static double Measure(int threads)
    {
        using var pool = new ComputePool(threads);
        using var memory = new NativeBuffer<float>(3L * Size * Size);
        var a = memory.Pointer;
        var best = double.PositiveInfinity;
        for (var i = 0; i < Repeats; i++)
        {
            var start = Stopwatch.GetTimestamp();
            Gemm.Multiply(pool, false, false, Size, Size, Size, 1, a, Size, a + Size * Size, Size, 0, a + 2 * Size * Size, Size);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * Size * Size * Size / best;
    }
}
