using System.Numerics.Tensors;

namespace Pare.Compression;

/// <summary>The arithmetic of channel scaling, over row-major matrices.</summary>
internal static class ChannelScalingMath
{
    /// <summary>w[r, c] ← w[r, c] · factors[c].</summary>
    /// <param name="weights">[rows, columns].</param>
    /// <param name="factors">[columns].</param>
    public static void MultiplyColumns(Span<float> weights, ReadOnlySpan<float> factors)
    {
        for (var at = 0; at < weights.Length; at += factors.Length)
        {
            var row = weights.Slice(at, factors.Length);
            TensorPrimitives.Multiply(row, factors, row);
        }
    }

    /// <summary>w[r, c] ← w[r, c] / factors[r].</summary>
    /// <param name="weights">[rows, columns].</param>
    /// <param name="factors">[rows].</param>
    public static void DivideRows(Span<float> weights, ReadOnlySpan<float> factors)
    {
        var columns = weights.Length / factors.Length;
        for (var row = 0; row < factors.Length; row++)
        {
            var values = weights.Slice(row * columns, columns);
            TensorPrimitives.Divide(values, factors[row], values);
        }
    }

    /// <summary>v[i] ← (offset + v[i]) / factors[i] − offset: a norm weight to which the model adds the offset.</summary>
    /// <param name="vector">[n].</param>
    /// <param name="factors">[n].</param>
    /// <param name="offset">Added before use, 1 for Gemma.</param>
    public static void DivideNorm(Span<float> vector, ReadOnlySpan<float> factors, float offset)
    {
        for (var i = 0; i < vector.Length; i++) vector[i] = offset == 0 ? vector[i] / factors[i] : (float)(((double)offset + vector[i]) / factors[i] - offset);
    }

    /// <summary>Repeats the factors of each key-value head for the query heads that share it.</summary>
    /// <param name="factors">[key-value heads · headSize].</param>
    /// <param name="headSize">Channels of a head.</param>
    /// <param name="perGroup">Query heads for one key-value head.</param>
    /// <returns>[query heads · headSize].</returns>
    public static float[] RepeatHeads(ReadOnlySpan<float> factors, int headSize, int perGroup)
    {
        var repeated = new float[factors.Length * perGroup];
        for (var head = 0; head < repeated.Length / headSize; head++)
            factors.Slice(head / perGroup * headSize, headSize).CopyTo(repeated.AsSpan(head * headSize));
        return repeated;
    }
}
