using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using Pare.Numerics;

namespace Pare.Benchmarks.Comparison;

/// <summary>How fast all threads together read memory that no cache holds: the bound on decoding. The buffer is 512 MiB; a pass sums half of it, the halves in turn.</summary>
internal sealed unsafe class ReadBandwidth : IDisposable
{
    private const long Bytes = 512L << 20;
    private const int Parts = 64;

    private readonly ComputePool _pool;
    private byte* _memory;
    private int _half;

    public ReadBandwidth(ComputePool pool)
    {
        _pool = pool;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 1 << 21);
        new Span<byte>(_memory, (int)Bytes).Fill(1);
    }

    /// <summary>One pass.</summary>
    /// <returns>GB/s (10⁹ bytes).</returns>
    public double Measure()
    {
        var sums = new ulong[Parts];
        _half ^= 1;
        var clock = Stopwatch.StartNew();
        _pool.For(Parts, new Pass { Start = _memory + _half * (Bytes / 2), Sums = sums });
        var seconds = clock.Elapsed.TotalSeconds;
        // Every byte is 1, so each part's sum is known; using it keeps the loop from being dropped.
        var expected = unchecked((ulong)(Bytes / 2 / Parts / sizeof(ulong)) * 0x0101010101010101UL);
        foreach (var sum in sums)
        {
            if (sum != expected) throw new InvalidOperationException("the bandwidth buffer was overwritten");
        }

        return Bytes / 2 / seconds / 1e9;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    private struct Pass : IParallelBody
    {
        public byte* Start;
        public ulong[] Sums;

        public readonly void Execute(int part, int worker)
        {
            var count = Bytes / 2 / Parts / Vector<byte>.Count;
            var source = (Vector<ulong>*)(Start + part * (Bytes / 2 / Parts));
            Vector<ulong> a = default, b = default, c = default, d = default;
            for (long i = 0; i < count; i += 4)
            {
                a += source[i];
                b += source[i + 1];
                c += source[i + 2];
                d += source[i + 3];
            }

            Sums[part] = Vector.Sum(a + b + c + d);
        }
    }
}
