using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary><see cref="TableScaleSearch"/> in vectors, with its results to the bit: candidates side by side, so that each adds up the block in order.</summary>
internal static class TableScaleLanes
{
    // Halfway between the entries of the table. At such a number both distances are exact in float32, so comparing with it decides as comparing the distances does.
    private static readonly float[] Middles = [-115.5f, -93.5f, -74, -57, -42, -28.5f, -16, -4.5f, 7, 19, 31.5f, 45.5f, 61, 79, 101];

    private static readonly float[] Steps = [23, 21, 18, 16, 14, 13, 12, 11, 12, 12, 13, 15, 16, 20, 24];

    /// <summary>Sums of w·q·x and w·q² for eight scales at once.</summary>
    /// <param name="source">The block.</param>
    /// <param name="inverses">[8] inverse scales.</param>
    /// <param name="products">[8] sums of w·q·x.</param>
    /// <param name="squares">[8] sums of w·q².</param>
    public static void Sums(ReadOnlySpan<float> source, ReadOnlySpan<float> inverses, Span<float> products, Span<float> squares)
    {
        var inverse = Vector256.Create(inverses);
        Vector256<float> product = default, square = default;
        foreach (var number in source)
        {
            var value = Vector256.Create(number);
            var entry = Entry(inverse * value);
            var weighted = value * value * entry;
            product += weighted * value;
            square += weighted * entry;
        }

        product.CopyTo(products);
        square.CopyTo(squares);
    }

    /// <summary>Indices of the entries nearest to eight numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Nearest(Vector256<float> values)
    {
        var index = Vector256<int>.Zero;
        foreach (var middle in Middles) index -= Vector256.GreaterThanOrEqual(values, Vector256.Create(middle)).AsInt32();
        return index;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Entry(Vector256<float> values)
    {
        var entry = Vector256.Create(-127f);
        for (var k = 0; k < Middles.Length; k++) entry += Vector256.GreaterThanOrEqual(values, Vector256.Create(Middles[k])) & Vector256.Create(Steps[k]);
        return entry;
    }
}
