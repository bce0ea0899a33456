using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>The steps of quantizing a block of 32 finite numbers in four vectors of eight; only where <c>Vector256</c> is accelerated.</summary>
/// <remarks>Levels are those of the scalar code for every finite inverse scale: quotients are then within the range of the levels. A scale below 2⁻¹²⁸ has none, and takes the scalar code.</remarks>
internal static class Block32
{
    /// <summary>Whether the block can be quantized in vectors.</summary>
    public static bool Takes(float inverse) => Vector256.IsHardwareAccelerated && float.IsFinite(inverse);

    /// <summary>The number of largest magnitude, the first of equal ones.</summary>
    public static float Signed(ReadOnlySpan<float> values, out float magnitude)
    {
        var (a, b, c, d) = Load(values);
        (a, b, c, d) = (Vector256.Abs(a), Vector256.Abs(b), Vector256.Abs(c), Vector256.Abs(d));
        magnitude = Largest(Vector256.MaxNative(Vector256.MaxNative(a, b), Vector256.MaxNative(c, d)));
        var wanted = Vector256.Create(magnitude);
        var places = Vector256.Equals(a, wanted).ExtractMostSignificantBits() | Vector256.Equals(b, wanted).ExtractMostSignificantBits() << 8
            | Vector256.Equals(c, wanted).ExtractMostSignificantBits() << 16 | Vector256.Equals(d, wanted).ExtractMostSignificantBits() << 24;
        return magnitude == 0 ? 0 : values[BitOperations.TrailingZeroCount(places)];
    }

    /// <summary>Lowest and highest number; which of several zeros is open.</summary>
    public static (float Lowest, float Highest) Range(ReadOnlySpan<float> values)
    {
        var (a, b, c, d) = Load(values);
        var highest = Largest(Vector256.MaxNative(Vector256.MaxNative(a, b), Vector256.MaxNative(c, d)));
        var lowest = -Largest(Vector256.MaxNative(Vector256.MaxNative(-a, -b), Vector256.MaxNative(-c, -d)));
        return (lowest, highest);
    }

    /// <summary>Whole parts of <c>(x − origin) · inverse + addend</c>, a byte each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Truncated(ReadOnlySpan<float> values, float origin, float inverse, float addend)
    {
        var (a, b, c, d) = Load(values);
        var low = Vector256.Narrow(Whole(a, origin, inverse, addend), Whole(b, origin, inverse, addend));
        var high = Vector256.Narrow(Whole(c, origin, inverse, addend), Whole(d, origin, inverse, addend));
        return Vector256.Narrow(low, high).AsByte();
    }

    /// <summary>Nearest integers of <c>x · inverse</c>, ties away from zero, a byte each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> Rounded(ReadOnlySpan<float> values, float inverse)
    {
        var (a, b, c, d) = Load(values);
        return Vector256.Narrow(Vector256.Narrow(Away(a * inverse), Away(b * inverse)), Vector256.Narrow(Away(c * inverse), Away(d * inverse)));
    }

    /// <summary>Levels 0–15 in the low and 16–31 in the high halves of 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreNibbles(Vector256<byte> levels, ref byte destination) =>
        (levels.GetLower() & Vector128.Create((byte)15) | levels.GetUpper() << 4).StoreUnsafe(ref destination);

    /// <summary>The fifth bits of the levels, the first lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FifthBits(Vector256<byte> levels) => (levels << 3).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> A, Vector256<float> B, Vector256<float> C, Vector256<float> D) Load(ReadOnlySpan<float> values)
    {
        ref var first = ref MemoryMarshal.GetReference(values);
        return (Vector256.LoadUnsafe(ref first), Vector256.LoadUnsafe(ref first, 8), Vector256.LoadUnsafe(ref first, 16), Vector256.LoadUnsafe(ref first, 24));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Whole(Vector256<float> x, float origin, float inverse, float addend) =>
        Vector256.ConvertToInt32Native((x - Vector256.Create(origin)) * inverse + Vector256.Create(addend));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Away(Vector256<float> steps)
    {
        var whole = Vector256.ConvertToInt32Native(steps);
        var fraction = steps - Vector256.ConvertToSingle(whole);
        // A comparison that holds is −1.
        var up = Vector256.GreaterThanOrEqual(fraction, Vector256.Create(0.5f)).AsInt32();
        var down = Vector256.LessThanOrEqual(fraction, Vector256.Create(-0.5f)).AsInt32();
        return whole - up + down;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector256<float> values)
    {
        var four = Vector128.MaxNative(values.GetLower(), values.GetUpper());
        var two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}
