using System.Diagnostics;
using System.Numerics;
using Pare.Numerics;

namespace Pare.Evaluation.Speed;

/// <summary>How fast a machine's threads can read memory.</summary>
public static unsafe class ReadBandwidth
{
    private const int Parts = 64;
    private const int Passes = 6;

    /// <summary>Sums a buffer that no cache holds and takes the fastest of a few passes.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="bytes">Bytes of the buffer.</param>
    /// <returns>10⁹ bytes per second.</returns>
    public static double Measure(ComputePool pool, long bytes = 256L << 20)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1L << 20);
        var words = bytes / sizeof(ulong) / Parts * Parts;
        using var buffer = new NativeBuffer<ulong>(words);
        var sums = stackalloc ulong[Parts];
        var fastest = double.PositiveInfinity;
        for (var pass = 0; pass < Passes; pass++)
        {
            var clock = Stopwatch.StartNew();
            pool.For(Parts, new SumBody(buffer.Pointer, words / Parts, sums));
            fastest = Math.Min(fastest, clock.Elapsed.TotalSeconds);
        }

        return words * sizeof(ulong) / fastest / 1e9;
    }

    private readonly struct SumBody(ulong* data, long words, ulong* sums) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var at = data + part * words;
            // Four sums, so that additions do not wait for each other.
            Vector<ulong> a = default, b = default, c = default, d = default;
            var width = Vector<ulong>.Count;
            long i = 0;
            for (; i + 4 * width <= words; i += 4 * width)
            {
                a += Vector.Load(at + i);
                b += Vector.Load(at + i + width);
                c += Vector.Load(at + i + 2 * width);
                d += Vector.Load(at + i + 3 * width);
            }

            var sum = Vector.Sum(a + b + c + d);
            for (; i < words; i++) sum += at[i];
            sums[part] = sum;
        }
    }
}
