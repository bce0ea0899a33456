using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Numerics;

/// <summary>Conversion of whole rows between float32 and the two 16-bit formats.</summary>
/// <remarks>F16 agrees bit for bit with <see cref="Half"/>. BF16 is the upper half of a float32; narrowing rounds to nearest, ties to even, and keeps a number that is none so (made quiet).</remarks>
internal static class HalfConversion
{
    // F16's own bits: its infinity, and all but the sign.
    private const int Infinity = 0x7C00;
    private const int Magnitude = 0x7FFF;

    // float32's infinity, and the bit that makes a number that is none quiet.
    private const int InfiniteExponent = 0x7F800000;
    private const int Quiet = 0x00400000;

    // The sign of sign-extended bits that move up by 13 is masked away between itself and the exponent.
    private const int Kept = unchecked((int)0x8FFFE000);

    // 2^112, the difference of the exponents' biases; subnormals come out right as well.
    private const float Bias = 5.192296858534828e33f;

    /// <summary>Finite F16 to float32, exact, from int32 lanes that hold the sign-extended bits; infinities become 65536.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WidenFinite(Vector512<int> bits) => ((bits << 13) & Vector512.Create(Kept)).AsSingle() * Vector512.Create(Bias);

    /// <inheritdoc cref="WidenFinite(Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> WidenFinite(Vector256<int> bits) => ((bits << 13) & Vector256.Create(Kept)).AsSingle() * Vector256.Create(Bias);

    /// <inheritdoc cref="WidenFinite(Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> WidenFinite(Vector128<int> bits) => ((bits << 13) & Vector128.Create(Kept)).AsSingle() * Vector128.Create(Bias);

    /// <inheritdoc cref="WidenFinite(Vector512{int})"/>
    public static float WidenFinite(short bits) => BitConverter.Int32BitsToSingle((bits << 13) & Kept) * Bias;

    /// <summary>F16 to float32, exact.</summary>
    public static void ToSingle(ReadOnlySpan<Half> source, Span<float> destination)
    {
        Check(source.Length, destination.Length);
        ref var from = ref Unsafe.As<Half, short>(ref MemoryMarshal.GetReference(source));
        ref var to = ref MemoryMarshal.GetReference(destination);
        nuint i = 0;
        var length = (nuint)source.Length;
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
        {
            for (; i + 16 <= length; i += 16)
            {
                var bits = Avx512F.ConvertToVector512Int32(Vector256.LoadUnsafe(ref from, i));
                (WidenFinite(bits).AsInt32() | Exceptions(bits)).AsSingle().StoreUnsafe(ref to, i);
            }
        }
        else if (Avx2.IsSupported)
        {
            for (; i + 8 <= length; i += 8)
            {
                var bits = Avx2.ConvertToVector256Int32(Vector128.LoadUnsafe(ref from, i));
                (WidenFinite(bits).AsInt32() | Exceptions(bits)).AsSingle().StoreUnsafe(ref to, i);
            }
        }

        TensorPrimitives.ConvertToSingle(source[(int)i..], destination[(int)i..]);
    }

    // What infinities and numbers that are none have beside that: the largest exponent, and the bit that makes the latter quiet.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Exceptions(Vector512<int> bits)
    {
        var magnitude = bits & Vector512.Create(Magnitude);
        return (Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(Infinity)) & Vector512.Create(InfiniteExponent))
            | (Vector512.GreaterThan(magnitude, Vector512.Create(Infinity)) & Vector512.Create(Quiet));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Exceptions(Vector256<int> bits)
    {
        var magnitude = bits & Vector256.Create(Magnitude);
        return (Vector256.GreaterThan(magnitude, Vector256.Create(Infinity - 1)) & Vector256.Create(InfiniteExponent))
            | (Vector256.GreaterThan(magnitude, Vector256.Create(Infinity)) & Vector256.Create(Quiet));
    }

    /// <summary>float32 to F16, to nearest, ties to even.</summary>
    public static void ToHalf(ReadOnlySpan<float> source, Span<Half> destination) => TensorPrimitives.ConvertToHalf(source, destination);

    /// <summary>BF16 to float32, exact.</summary>
    public static void BFloat16ToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        Check(source.Length, destination.Length);
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref Unsafe.As<float, uint>(ref MemoryMarshal.GetReference(destination));
        nuint i = 0;
        var length = (nuint)source.Length;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 16 <= length; i += 16)
            {
                var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, i));
                (low << 16).StoreUnsafe(ref to, i);
                (high << 16).StoreUnsafe(ref to, i + 8);
            }
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            for (; i + 8 <= length; i += 8)
            {
                var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref from, i));
                (low << 16).StoreUnsafe(ref to, i);
                (high << 16).StoreUnsafe(ref to, i + 4);
            }
        }

        for (; i < length; i++) Unsafe.Add(ref to, i) = (uint)Unsafe.Add(ref from, i) << 16;
    }

    /// <summary>float32 to BF16, to nearest, ties to even.</summary>
    public static void ToBFloat16(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        Check(source.Length, destination.Length);
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        nuint i = 0;
        var length = (nuint)source.Length;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i + 8 <= length; i += 8)
                Vector128.Narrow(Round(Vector128.LoadUnsafe(ref from, i)), Round(Vector128.LoadUnsafe(ref from, i + 4))).StoreUnsafe(ref to, i);
        }

        for (; i < length; i++) Unsafe.Add(ref to, i) = ToBFloat16(Unsafe.Add(ref from, i));
    }

    /// <summary>One float32 to BF16, to nearest, ties to even.</summary>
    public static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>One BF16 to float32, exact.</summary>
    public static float BFloat16ToSingle(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Round(Vector128<float> value)
    {
        var bits = value.AsUInt32();
        var upper = bits >>> 16;
        var rounded = (bits + Vector128.Create(0x7FFFu) + (upper & Vector128<uint>.One)) >>> 16;
        return Vector128.ConditionalSelect(Vector128.IsNaN(value).AsUInt32(), upper | Vector128.Create(0x40u), rounded);
    }

    private static void Check(int source, int destination)
    {
        if (destination < source) throw new ArgumentException($"the destination of {destination} elements is shorter than the source of {source}");
    }
}
