using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>The float types without blocks: conversions between them and float32.</summary>
internal static class PlainFloats
{
    private static readonly float[] E4M3 = Decode(exponentBits: 4, bias: 7);
    private static readonly float[] E5M2 = Decode(exponentBits: 5, bias: 15);

    /// <summary>F64 to float32, rounded to nearest even.</summary>
    public static void FromF64(ReadOnlySpan<byte> source, Span<float> destination) =>
        TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(source), destination);

    /// <summary>F16 to float32, exact.</summary>
    public static void FromF16(ReadOnlySpan<byte> source, Span<float> destination) =>
        TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination);

    /// <summary>float32 to F16, rounded to nearest even.</summary>
    public static void ToF16(ReadOnlySpan<float> source, Span<byte> destination) =>
        TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(destination));

    /// <summary>BF16 to float32, exact to the bit (a NaN keeps its payload).</summary>
    public static void FromBF16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var bits = MemoryMarshal.Cast<byte, ushort>(source);
        ref var from = ref MemoryMarshal.GetReference(bits);
        ref var to = ref Unsafe.As<float, uint>(ref MemoryMarshal.GetReference(destination));
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= bits.Length - 32; i += 32)
            {
                var (low, high) = Vector512.Widen(Vector512.LoadUnsafe(ref from, (nuint)i));
                (low << 16).StoreUnsafe(ref to, (nuint)i);
                (high << 16).StoreUnsafe(ref to, (nuint)i + 16);
            }
        }

        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= bits.Length - 16; i += 16)
            {
                var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)i));
                (low << 16).StoreUnsafe(ref to, (nuint)i);
                (high << 16).StoreUnsafe(ref to, (nuint)i + 8);
            }
        }

        for (; i < bits.Length; i++) Unsafe.Add(ref to, i) = (uint)bits[i] << 16;
    }

    /// <summary>float32 to BF16, rounded to nearest even; a NaN stays one (quiet, upper payload kept).</summary>
    public static void ToBF16(ReadOnlySpan<float> source, Span<byte> destination)
    {
        var to = MemoryMarshal.Cast<byte, ushort>(destination);
        ref var from = ref Unsafe.As<float, uint>(ref MemoryMarshal.GetReference(source));
        ref var place = ref MemoryMarshal.GetReference(to);
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= to.Length - 16; i += 16)
            {
                var low = Vector256.LoadUnsafe(ref from, (nuint)i);
                var high = Vector256.LoadUnsafe(ref from, (nuint)i + 8);
                Vector256.Narrow(UpperHalves(low), UpperHalves(high)).StoreUnsafe(ref place, (nuint)i);
            }
        }

        for (; i < to.Length; i++) to[i] = ToBF16(source[i]);
    }

    /// <summary>float32 to BF16, rounded to nearest even; a NaN stays one (quiet, upper payload kept).</summary>
    public static ushort ToBF16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)(bits >> 16 | 0x40) : (ushort)(bits + 0x7fff + (bits >> 16 & 1) >> 16);
    }

    /// <summary>OCP E4M3 to float32: bias 7, no infinities, NaN where all seven low bits are set.</summary>
    public static void FromF8E4M3(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++) destination[i] = E4M3[source[i]];
    }

    /// <summary>OCP E5M2 to float32: bias 15, infinities and NaN as IEEE 754 has them.</summary>
    public static void FromF8E5M2(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++) destination[i] = E5M2[source[i]];
    }

    private static Vector256<uint> UpperHalves(Vector256<uint> bits)
    {
        var rounded = bits + Vector256.Create(0x7fffu) + (bits >>> 16 & Vector256<uint>.One) >>> 16;
        var quiet = bits >>> 16 | Vector256.Create(0x40u);
        var nan = Vector256.GreaterThan((bits & Vector256.Create(0x7fffffffu)).AsInt32(), Vector256.Create(0x7f800000)).AsUInt32();
        return Vector256.ConditionalSelect(nan, quiet, rounded);
    }

    private static float[] Decode(int exponentBits, int bias)
    {
        var mantissaBits = 7 - exponentBits;
        var one = 1 << mantissaBits;
        var table = new float[256];
        for (var code = 0; code < 256; code++)
        {
            var exponent = (code & 127) >> mantissaBits;
            var mantissa = code & one - 1;
            var special = exponentBits == 4 ? (code & 127) == 127 : exponent == 31;
            var magnitude = special ? mantissa == 0 ? float.PositiveInfinity : float.NaN
                : exponent == 0 ? MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
                : MathF.ScaleB(one + mantissa, exponent - bias - mantissaBits);
            table[code] = code < 128 ? magnitude : -magnitude;
        }

        return table;
    }
}
