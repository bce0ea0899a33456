using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats.Blocks;

namespace Pare.Runtime;

/// <summary>Rows of Q6_K: 256 weights in 210 bytes, w = (d · s) · (q − 32) with sixteen groups of 16: 128 bytes of low halves, 64 of upper bits, 16 scales s, the F16 unit d.</summary>
/// <remarks>Σ over groups of (d · s) · Σ (q − 32) x; lanes hold weights i mod 16.</remarks>
internal readonly unsafe struct DotQ6_K : IRowDotFormat
{
    private const int Bytes = 210;
    private const int Upper = 128;
    private const int Scales = 192;
    private const int Unit = 208;

    public static float Dot(byte* row, float* x, int count)
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) return Dot512(row, x, count);
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) return Dot256(row, x, count);
        return DotPortable(row, x, count);
    }

    public static void Four(byte* rows, long stride, float* x, int count, float* results) => EachRow<DotQ6_K>.Four(rows, stride, x, count, results);

    // The lanes in memory, where there are no vectors of 256 bits.
    private static float DotPortable(byte* row, float* x, int count)
    {
        var lanes = stackalloc float[DotLanes.Count];
        new Span<float>(lanes, DotLanes.Count).Clear();
        var levels = stackalloc float[DotLanes.Count];
        for (var block = row; count > 0; count -= 256, block += Bytes, x += 256)
        {
            for (var group = 0; group < 16; group++)
            {
                // In the order in which the upper bits are stored: 0, 2, 4, 6, 1, 3, 5, 7 of each half.
                var first = 16 * ((group & 8) + 2 * (group & 3) + (group >> 2 & 1));
                for (var i = first; i < first + DotLanes.Count; i++)
                {
                    var low = block[i / 128 * 64 + i % 64] >> i % 128 / 64 * 4 & 15;
                    var upper = block[Upper + i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
                    levels[i - first] = (low | upper << 4) - 32;
                }

                DotLanes.AddScaled(levels, x + first, F16Scale.Read(block + Unit) * (sbyte)block[Scales + first / 16], lanes);
            }
        }

        return DotLanes.Sum(lanes);
    }

    // Sixteen bytes of upper bits belong to four groups, 32 weights apart.
    private static float Dot512(byte* row, float* x, int count)
    {
        var sum = Vector512<float>.Zero;
        var fifteen = Vector512.Create(15);
        var two = Vector512.Create(0x30);
        var offset = Vector512.Create(32);
        for (var block = row; count > 0; count -= 256, block += Bytes)
        {
            Sse.Prefetch0(block + 1024);
            Sse.Prefetch0(block + 1088);
            Sse.Prefetch0(block + 1152);
            var unit = F16Scale.Read(block + Unit);
            for (var half = 0; half < 2; half++, x += 128)
            {
                for (var l = 0; l < 32; l += 16)
                {
                    var first = Avx512F.ConvertToVector512Int32(Vector128.Load(block + 64 * half + l));
                    var second = Avx512F.ConvertToVector512Int32(Vector128.Load(block + 64 * half + 32 + l));
                    var upper = Avx512F.ConvertToVector512Int32(Vector128.Load(block + Upper + 32 * half + l));
                    var scales = (sbyte*)block + Scales + 8 * half + l / 16;
                    sum = Add((first & fifteen) | ((upper << 4) & two), offset, x + l, unit * scales[0], sum);
                    sum = Add((second & fifteen) | ((upper << 2) & two), offset, x + l + 32, unit * scales[2], sum);
                    sum = Add((first >>> 4) | (upper & two), offset, x + l + 64, unit * scales[4], sum);
                    sum = Add((second >>> 4) | ((upper >>> 2) & two), offset, x + l + 96, unit * scales[6], sum);
                }
            }
        }

        return DotLanes.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<int> levels, Vector512<int> offset, float* x, float scale, Vector512<float> sum) =>
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(levels - offset) * Vector512.Load(x), Vector512.Create(scale), sum);

    // Sixteen lanes in two vectors: the same bits.
    private static float Dot256(byte* row, float* x, int count)
    {
        Vector256<float> low = default, high = default;
        for (var block = row; count > 0; count -= 256, block += Bytes)
        {
            Sse.Prefetch0(block + 1024);
            Sse.Prefetch0(block + 1088);
            Sse.Prefetch0(block + 1152);
            var unit = F16Scale.Read(block + Unit);
            for (var half = 0; half < 2; half++, x += 128)
            {
                for (var l = 0; l < 32; l += 16)
                {
                    var lower = block + 64 * half + l;
                    var upper = block + Upper + 32 * half + l;
                    var scales = (sbyte*)block + Scales + 8 * half + l / 16;
                    low = AddFour(lower, upper, x + l, unit, scales, low);
                    high = AddFour(lower + 8, upper + 8, x + l + 8, unit, scales, high);
                }
            }
        }

        return DotLanes.Sum(low, high);
    }

    // Eight bytes of upper bits belong to four groups, 32 weights apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddFour(byte* lower, byte* upper, float* x, float unit, sbyte* scales, Vector256<float> sum)
    {
        var fifteen = Vector256.Create(15);
        var two = Vector256.Create(0x30);
        var first = Avx2.ConvertToVector256Int32(lower);
        var second = Avx2.ConvertToVector256Int32(lower + 32);
        var bits = Avx2.ConvertToVector256Int32(upper);
        sum = Add((first & fifteen) | ((bits << 4) & two), x, unit * scales[0], sum);
        sum = Add((second & fifteen) | ((bits << 2) & two), x + 32, unit * scales[2], sum);
        sum = Add((first >>> 4) | (bits & two), x + 64, unit * scales[4], sum);
        return Add((second >>> 4) | ((bits >>> 2) & two), x + 96, unit * scales[6], sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<int> levels, float* x, float scale, Vector256<float> sum) =>
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(levels - Vector256.Create(32)) * Vector256.Load(x), Vector256.Create(scale), sum);
}
