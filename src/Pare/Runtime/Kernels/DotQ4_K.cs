using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats.Blocks;

namespace Pare.Runtime;

/// <summary>Rows of Q4_K: 256 weights in 144 bytes, w = (d · s) · q − (dmin · m) with eight groups of 32. Bytes 32j to 32j + 31 hold groups 2j (low halves) and 2j + 1.</summary>
/// <remarks>Σ over groups of (d · s) · Σ q x − (dmin · m) · Σ x; lanes hold weights i mod 16.</remarks>
internal readonly unsafe struct DotQ4_K : IRowDotFormat
{
    private const int Bytes = 144;

    public static float Dot(byte* row, float* x, int count)
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) return Dot512(row, x, count);
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) return Dot256(row, x, count);
        return DotPortable(row, x, count);
    }

    public static void Four(byte* rows, long stride, float* x, int count, float* results) => EachRow<DotQ4_K>.Four(rows, stride, x, count, results);

    // The lanes in memory, where there are no vectors of 256 bits.
    private static float DotPortable(byte* row, float* x, int count)
    {
        var lanes = stackalloc float[2 * DotLanes.Count];
        new Span<float>(lanes, 2 * DotLanes.Count).Clear();
        var subtracted = lanes + DotLanes.Count;
        var levels = stackalloc float[2 * DotLanes.Count];
        for (var block = row; count > 0; count -= 256, block += Bytes)
        {
            var (scales, minima) = SixBitScales.Unpack(new ReadOnlySpan<byte>(block + 4, 12));
            for (var group = 0; group < 8; group++, x += 32)
            {
                var pairs = block + 16 + group / 2 * 32;
                for (var i = 0; i < 32; i++) levels[i] = pairs[i] >> group % 2 * 4 & 15;
                DotLanes.AddPairs(levels, x, F16Scale.Read(block) * (byte)(scales >> 8 * group), lanes);
                DotLanes.AddInputs(x, F16Scale.Read(block + 2) * (byte)(minima >> 8 * group), subtracted);
            }
        }

        for (var l = 0; l < DotLanes.Count; l++) lanes[l] -= subtracted[l];
        return DotLanes.Sum(lanes);
    }

    private static float Dot512(byte* row, float* x, int count)
    {
        var sum = Vector512<float>.Zero;
        var subtracted = Vector512<float>.Zero;
        var levels = Vector512.Create(0f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        for (var block = row; count > 0; count -= 256, block += Bytes)
        {
            var unit = F16Scale.Read(block);
            var minimumUnit = F16Scale.Read(block + 2);
            var (scales, minima) = SixBitScales.Unpack(new ReadOnlySpan<byte>(block + 4, 12));
            for (var pairs = block + 16; pairs < block + Bytes; pairs += 32, x += 64, scales >>= 16, minima >>= 16)
            {
                Sse.Prefetch0(pairs + 1024);
                var (a, c) = Nibbles.Lookup512(pairs, levels);
                var (b, d) = Nibbles.Lookup512(pairs + 16, levels);
                var (x0, x1, x2, x3) = (Vector512.Load(x), Vector512.Load(x + 16), Vector512.Load(x + 32), Vector512.Load(x + 48));
                sum = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(b, x1, a * x0), Vector512.Create(unit * (byte)scales), sum);
                sum = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(d, x3, c * x2), Vector512.Create(unit * (byte)(scales >> 8)), sum);
                subtracted = Vector512.FusedMultiplyAdd(x0 + x1, Vector512.Create(minimumUnit * (byte)minima), subtracted);
                subtracted = Vector512.FusedMultiplyAdd(x2 + x3, Vector512.Create(minimumUnit * (byte)(minima >> 8)), subtracted);
            }
        }

        return DotLanes.Sum(sum - subtracted);
    }

    // Sixteen lanes in two vectors: the same bits.
    private static float Dot256(byte* row, float* x, int count)
    {
        Vector256<float> low = default, high = default, lowSubtracted = default, highSubtracted = default;
        for (var block = row; count > 0; count -= 256, block += Bytes)
        {
            var unit = F16Scale.Read(block);
            var minimumUnit = F16Scale.Read(block + 2);
            var (scales, minima) = SixBitScales.Unpack(new ReadOnlySpan<byte>(block + 4, 12));
            for (var pairs = block + 16; pairs < block + Bytes; pairs += 32, x += 64, scales >>= 16, minima >>= 16)
            {
                Sse.Prefetch0(pairs + 1024);
                for (var group = 0; group < 2; group++)
                {
                    var scale = Vector256.Create(unit * (byte)(scales >> 8 * group));
                    var minimum = Vector256.Create(minimumUnit * (byte)(minima >> 8 * group));
                    Add(pairs, x + 32 * group, group, scale, minimum, ref low, ref lowSubtracted);
                    Add(pairs + 8, x + 32 * group + 8, group, scale, minimum, ref high, ref highSubtracted);
                }
            }
        }

        return DotLanes.Sum(low - lowSubtracted, high - highSubtracted);
    }

    // Eight weights of a group, and those 16 further on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(byte* pairs, float* x, int group, Vector256<float> scale, Vector256<float> minimum, ref Vector256<float> sum, ref Vector256<float> subtracted)
    {
        var (x0, x1) = (Vector256.Load(x), Vector256.Load(x + 16));
        sum = Vector256.FusedMultiplyAdd(Vector256.FusedMultiplyAdd(Levels(pairs + 16, group), x1, Levels(pairs, group) * x0), scale, sum);
        subtracted = Vector256.FusedMultiplyAdd(x0 + x1, minimum, subtracted);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Levels(byte* pairs, int group)
    {
        var wide = Avx2.ConvertToVector256Int32(pairs);
        return Vector256.ConvertToSingle(group == 0 ? wide & Vector256.Create(15) : wide >>> 4);
    }
}
