using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats.Blocks;

namespace Pare.Runtime;

/// <summary>Rows of Q4_K: 256 weights in 144 bytes, w = (d · s) · q − (dmin · m) with eight groups of 32. Bytes 32j to 32j + 31 hold groups 2j (low halves) and 2j + 1.</summary>
internal readonly unsafe struct DotQ4_K : IRowDotFormat
{
    private const int Bytes = 144;

    public static float Dot(byte* row, float* x, int count)
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) return Dot512(row, x, count);
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) return Dot256(row, x, count);
        return DotScalar(row, x, count);
    }

    public static void Four(byte* rows, long stride, float* x, int count, float* results) => EachRow<DotQ4_K>.Four(rows, stride, x, count, results);

    /// <summary>The definition: Σ over groups of (d · s) · Σ q x − (dmin · m) · Σ x, in float32.</summary>
    public static float DotScalar(byte* row, float* x, int count)
    {
        var sum = 0f;
        for (var block = row; count > 0; count -= 256, block += Bytes, x += 256)
        {
            var (scales, minima) = SixBitScales.Unpack(new ReadOnlySpan<byte>(block + 4, 12));
            for (var group = 0; group < 8; group++)
            {
                float products = 0, inputs = 0;
                for (var i = 0; i < 32; i++)
                {
                    var pair = block[16 + group / 2 * 32 + i];
                    products += (group % 2 == 0 ? pair & 15 : pair >> 4) * x[32 * group + i];
                    inputs += x[32 * group + i];
                }

                sum += F16Scale.Read(block) * (byte)(scales >> 8 * group) * products - F16Scale.Read(block + 2) * (byte)(minima >> 8 * group) * inputs;
            }
        }

        return sum;
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

        return Vector512.Sum(sum - subtracted);
    }

    private static float Dot256(byte* row, float* x, int count)
    {
        var sum = Vector256<float>.Zero;
        var subtracted = Vector256<float>.Zero;
        for (var block = row; count > 0; count -= 256, block += Bytes)
        {
            var unit = F16Scale.Read(block);
            var minimumUnit = F16Scale.Read(block + 2);
            var (scales, minima) = SixBitScales.Unpack(new ReadOnlySpan<byte>(block + 4, 12));
            for (var pairs = block + 16; pairs < block + Bytes; pairs += 32, x += 64, scales >>= 16, minima >>= 16)
            {
                Sse.Prefetch0(pairs + 1024);
                Group(pairs, x, false, unit * (byte)scales, minimumUnit * (byte)minima, ref sum, ref subtracted);
                Group(pairs, x + 32, true, unit * (byte)(scales >> 8), minimumUnit * (byte)(minima >> 8), ref sum, ref subtracted);
            }
        }

        return Vector256.Sum(sum - subtracted);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Group(byte* pairs, float* x, bool high, float scale, float minimum, ref Vector256<float> sum, ref Vector256<float> subtracted)
    {
        var products = Vector256<float>.Zero;
        var inputs = Vector256<float>.Zero;
        for (var i = 0; i < 32; i += 8)
        {
            var wide = Avx2.ConvertToVector256Int32(pairs + i);
            var levels = Vector256.ConvertToSingle(high ? wide >>> 4 : wide & Vector256.Create(15));
            var values = Vector256.Load(x + i);
            products = Vector256.FusedMultiplyAdd(levels, values, products);
            inputs += values;
        }

        sum = Vector256.FusedMultiplyAdd(products, Vector256.Create(scale), sum);
        subtracted = Vector256.FusedMultiplyAdd(inputs, Vector256.Create(minimum), subtracted);
    }
}
