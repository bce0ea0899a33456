using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Runtime;

/// <summary>32 activations as x ≈ <c>Scale</c> · q with q from −127 to 127, and what the kernels of all formats want to know of them: 128 bytes.</summary>
/// <remarks>
/// scale = max |x| / 127; q = x · (127 / max |x|), rounded to nearest, ties to even; |x − scale · q| ≤ 0.51 · scale.
/// Blocks whose numbers are all below 1e-30 count as zeros; one that holds a number that is none, or an infinity, has such a scale.
/// </remarks>
internal static unsafe class Int8Block
{
    /// <summary>Bytes of a block.</summary>
    public const int Bytes = 128;

    /// <summary>Where the scale is, a float; q is before it.</summary>
    public const int Scale = 32;

    /// <summary>scale · Σ q, a float.</summary>
    public const int Sum = 36;

    /// <summary>Σ |q| over the negative q, an int: what a product of |q| with complemented weights lacks.</summary>
    public const int Negatives = 40;

    /// <summary>−8 times the sums of q[0, 1 mod 4] and of q[2, 3 mod 4], two int16.</summary>
    public const int EightFold = 44;

    /// <summary>−32 times the same sums over the first 16 numbers, and four bytes later over the last.</summary>
    public const int ThirtyTwoFold = 48;

    /// <summary>|q|.</summary>
    public const int Magnitudes = 64;

    /// <summary>−1 where q is negative, else 0.</summary>
    public const int Signs = 96;

    private const float Negligible = 1e-30f;

    // 1.5 · 2²³: a sum with it is rounded to whole numbers, which are then its low bits.
    private const float Rounder = 12582912f;

    /// <summary>Quantizes 32 numbers.</summary>
    [SkipLocalsInit]
    public static void Write(float* x, byte* block)
    {
        if (Vector128.IsHardwareAccelerated) WriteVector(x, block);
        else WriteScalar(x, block);
    }

    /// <summary>The definition.</summary>
    public static void WriteScalar(float* x, byte* block)
    {
        var largest = 0;
        for (var i = 0; i < 32; i++) largest = Math.Max(largest, BitConverter.SingleToInt32Bits(x[i]) & int.MaxValue);
        var inverse = Factors(largest, block);
        int negatives = 0, lowFirst = 0, highFirst = 0, lowLast = 0, highLast = 0;
        for (var i = 0; i < 32; i++)
        {
            var q = (sbyte)(BitConverter.SingleToInt32Bits(x[i] * inverse + Rounder) - BitConverter.SingleToInt32Bits(Rounder));
            block[i] = (byte)q;
            block[Magnitudes + i] = (byte)(q < 0 ? -q : q);
            block[Signs + i] = (byte)(q < 0 ? 255 : 0);
            if (q < 0) negatives -= q;
            if (i < 16 && i % 4 < 2) lowFirst += q;
            else if (i < 16) highFirst += q;
            else if (i % 4 < 2) lowLast += q;
            else highLast += q;
        }

        WriteSums(block, negatives, lowFirst, highFirst, lowLast, highLast);
    }

    private static void WriteVector(float* x, byte* block)
    {
        var bits = Vector128<int>.Zero;
        var mask = Vector128.Create(int.MaxValue);
        for (var i = 0; i < 32; i += 4) bits = Vector128.Max(bits, Vector128.Load((int*)x + i) & mask);
        bits = Vector128.Max(bits, Vector128.Shuffle(bits, Vector128.Create(2, 3, 0, 1)));
        bits = Vector128.Max(bits, Vector128.Shuffle(bits, Vector128.Create(1, 0, 3, 2)));
        var inverse = Vector128.Create(Factors(bits.ToScalar(), block));
        var first = Half(x, inverse, block);
        var last = Half(x + 16, inverse, block + 16);
        // Each int16 lane gathers four magnitudes at most.
        var minus = Vector128<short>.Zero;
        for (var i = 0; i < 32; i += 16)
        {
            var taken = (Vector128.Load(block + Magnitudes + i) & Vector128.Load(block + Signs + i)).AsInt16();
            minus += (taken & Vector128.Create((short)0xFF)) + (taken.AsUInt16() >>> 8).AsInt16();
        }

        WriteSums(block, Vector128.Sum(minus), (short)first, first >> 16, (short)last, last >> 16);
    }

    // Writes 16 numbers; returns the sums of q[0, 1 mod 4] (low half) and of q[2, 3 mod 4].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Half(float* x, Vector128<float> inverse, byte* block)
    {
        var low = Vector128.Narrow(Round(x, inverse), Round(x + 4, inverse));
        var high = Vector128.Narrow(Round(x + 8, inverse), Round(x + 12, inverse));
        var q = Vector128.Narrow(low, high);
        var signs = Vector128.LessThan(q, Vector128<sbyte>.Zero);
        q.AsByte().Store(block);
        ((q ^ signs) - signs).AsByte().Store(block + Magnitudes);
        signs.AsByte().Store(block + Signs);
        var pairs = (q.AsInt16() << 8 >> 8) + (q.AsInt16() >> 8);
        pairs += Vector128.Shuffle(pairs.AsInt32(), Vector128.Create(2, 3, 0, 1)).AsInt16();
        pairs += Vector128.Shuffle(pairs.AsInt32(), Vector128.Create(1, 0, 3, 2)).AsInt16();
        return pairs.AsInt32().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Round(float* x, Vector128<float> inverse) =>
        (Vector128.Load(x) * inverse + Vector128.Create(Rounder)).AsInt32() - Vector128.Create(Rounder).AsInt32();

    private static float Factors(int largestBits, byte* block)
    {
        var largest = BitConverter.Int32BitsToSingle(largestBits);
        var negligible = largest < Negligible;
        *(float*)(block + Scale) = negligible ? 0 : largest / 127;
        return negligible ? 0 : 127 / largest;
    }

    private static void WriteSums(byte* block, int negatives, int lowFirst, int highFirst, int lowLast, int highLast)
    {
        *(float*)(block + Sum) = *(float*)(block + Scale) * (lowFirst + highFirst + lowLast + highLast);
        *(int*)(block + Negatives) = negatives;
        Pair(block + EightFold, -8 * (lowFirst + lowLast), -8 * (highFirst + highLast));
        Pair(block + ThirtyTwoFold, -32 * lowFirst, -32 * highFirst);
        Pair(block + ThirtyTwoFold + 4, -32 * lowLast, -32 * highLast);
    }

    private static void Pair(byte* place, int low, int high)
    {
        ((short*)place)[0] = (short)low;
        ((short*)place)[1] = (short)high;
    }
}
