using System.Numerics.Tensors;

namespace Pare.Formats.Blocks;

/// <summary>Refuses numbers that a type cannot hold, naming the first.</summary>
internal static class FiniteNumbers
{
    /// <summary>Largest float32 that does not round to infinity in BF16.</summary>
    public static float LargestToBF16 { get; } = BitConverter.UInt32BitsToSingle(0x7f7f7fff);

    /// <summary>Throws for NaN and infinities.</summary>
    /// <param name="type">The type to be written.</param>
    /// <param name="source">The numbers.</param>
    /// <exception cref="ArgumentException">A number is not finite.</exception>
    public static void Check(ElementType type, ReadOnlySpan<float> source)
    {
        if (source.IsEmpty || float.IsFinite(TensorPrimitives.MaxMagnitude(source))) return;
        var index = 0;
        while (float.IsFinite(source[index])) index++;
        throw new ArgumentException($"encoding weights as {type.Label()}: element {index} is {source[index]}, expected a finite number; the model is damaged or its training diverged", nameof(source));
    }

    /// <summary>Index of the first half that is not finite, or −1.</summary>
    public static int FirstNotFinite(ReadOnlySpan<Half> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!Half.IsFinite(values[i])) return i;
        }

        return -1;
    }

    /// <summary>Index of the first number whose magnitude exceeds the limit, or −1.</summary>
    public static int FirstBeyond(ReadOnlySpan<float> values, float limit)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (MathF.Abs(values[i]) > limit) return i;
        }

        return -1;
    }

    /// <summary>The error for numbers too large for a type.</summary>
    public static ArgumentException Overflow(ElementType type, int index) =>
        new($"encoding weights as {type.Label()}: the numbers from element {index} on are too large for it; use F32, or BF16 where they are below 3.39e38");
}
