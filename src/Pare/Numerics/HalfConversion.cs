using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>Conversion of whole rows between float32 and the two 16-bit formats.</summary>
/// <remarks>F16 agrees bit for bit with <see cref="Half"/>. BF16 is the upper half of a float32; narrowing rounds to nearest, ties to even, and keeps a number that is none so (made quiet).</remarks>
internal static class HalfConversion
{
    /// <summary>F16 to float32, exact.</summary>
    public static void ToSingle(ReadOnlySpan<Half> source, Span<float> destination) => TensorPrimitives.ConvertToSingle(source, destination);

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
