namespace Pare.Formats.Numbers;

/// <summary>Two-level scales: 8 bits for each 16 neighbours along the input, one float32 for the row.</summary>
/// <remarks>
/// x ≈ (q · s) · γ with a number q of the values' grid, s of the scales' grid, and γ = max over vectors(max |x| / largest q) / largest s.
/// s is the least number that is not below max |x| / (largest q · γ): nothing saturates, and no vector beside a much larger one becomes zeros. Zeros stay zeros.
/// Fitted scales, for weights, may be up to 30 % smaller, where saturating the vector's largest numbers makes its squared error smaller.
/// After VS-Quant (Dai et al., 2021, arXiv 2102.04503), which rounds s to nearest. Rows whose scales are all below 1e-30 count as zeros.
/// </remarks>
public static class VsQuant
{
    /// <summary>Neighbours that share a scale; the last vector of a row may be shorter.</summary>
    public const int Vector = 16;

    private const float Negligible = 1e-30f;
    private const int FittingSteps = 6;
    private const float FittingStep = 0.05f;

    /// <summary>Scales of a row of so many columns.</summary>
    /// <param name="columns">Columns.</param>
    /// <returns>Their number.</returns>
    public static int Vectors(int columns) => (columns + Vector - 1) / Vector;

    /// <summary>Quantizes a row.</summary>
    /// <param name="values">[columns] finite numbers.</param>
    /// <param name="numbers">The values' grid.</param>
    /// <param name="scaleNumbers">The scales' grid, without signs.</param>
    /// <param name="codes">[columns] codes.</param>
    /// <param name="scales">[<see cref="Vectors"/>] codes of the scales.</param>
    /// <param name="fit">Whether scales are fitted to the least squared error.</param>
    /// <returns>γ.</returns>
    /// <exception cref="ArgumentException">A number is not finite.</exception>
    public static float Quantize(ReadOnlySpan<float> values, NumberGrid numbers, NumberGrid scaleNumbers, Span<byte> codes, Span<byte> scales, bool fit = false)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        ArgumentNullException.ThrowIfNull(scaleNumbers);
        var largest = 0f;
        foreach (var value in values)
        {
            if (!float.IsFinite(value)) throw new ArgumentException($"quantizing a row: found {value}, expected finite numbers; the model or its activations are damaged", nameof(values));
            largest = MathF.Max(largest, MathF.Abs(value));
        }

        var second = Second(largest, numbers, scaleNumbers);
        for (var vector = 0; vector * Vector < values.Length; vector++)
        {
            var first = vector * Vector;
            var part = values.Slice(first, Math.Min(Vector, values.Length - first));
            scales[vector] = Scale(part, numbers, scaleNumbers, second, fit);
            var scale = scaleNumbers.Decode(scales[vector]) * second;
            for (var i = 0; i < part.Length; i++) codes[first + i] = scale == 0 ? (byte)0 : numbers.Encode(part[i] / scale);
        }

        return second;
    }

    /// <summary>The number that a code stands for.</summary>
    /// <param name="numbers">The values' grid.</param>
    /// <param name="code">Code of the value.</param>
    /// <param name="scale">The vector's scale, decoded.</param>
    /// <param name="second">γ.</param>
    /// <returns>(q · s) · γ; the first product is exact.</returns>
    public static float Decode(NumberGrid numbers, byte code, float scale, float second)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return numbers.Decode(code) * scale * second;
    }

    /// <summary>Rounds a row to what its two-level code would hold.</summary>
    /// <param name="values">[columns] finite numbers, changed in place.</param>
    /// <param name="numbers">The values' grid.</param>
    /// <param name="scaleNumbers">The scales' grid, without signs.</param>
    /// <param name="fit">Whether scales are fitted to the least squared error.</param>
    /// <exception cref="ArgumentException">A number is not finite.</exception>
    public static void Round(Span<float> values, NumberGrid numbers, NumberGrid scaleNumbers, bool fit = false)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        ArgumentNullException.ThrowIfNull(scaleNumbers);
        var codes = System.Buffers.ArrayPool<byte>.Shared.Rent(values.Length + Vectors(values.Length));
        var scales = codes.AsSpan(values.Length, Vectors(values.Length));
        try
        {
            var second = Quantize(values, numbers, scaleNumbers, codes.AsSpan(0, values.Length), scales, fit);
            for (var i = 0; i < values.Length; i++) values[i] = Decode(numbers, codes[i], scaleNumbers.Decode(scales[i / Vector]), second);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(codes);
        }
    }

    /// <summary>The code of the scale of one vector, for a γ that is given; where γ is too small for it, the largest.</summary>
    internal static byte Scale(ReadOnlySpan<float> vector, NumberGrid numbers, NumberGrid scaleNumbers, float second, bool fit)
    {
        if (second == 0) return 0;
        var most = 0f;
        foreach (var value in vector) most = MathF.Max(most, MathF.Abs(value));
        return Scale(vector, most / numbers.Largest / second, numbers, scaleNumbers, second, fit);
    }

    /// <summary>γ of a row whose largest number is given.</summary>
    internal static float Second(float largest, NumberGrid numbers, NumberGrid scaleNumbers)
    {
        var second = largest / numbers.Largest / scaleNumbers.Largest;
        return second < Negligible ? 0 : second;
    }

    // Codes without signs count upwards with their numbers.
    private static byte Scale(ReadOnlySpan<float> values, float ideal, NumberGrid numbers, NumberGrid scaleNumbers, float second, bool fit)
    {
        var best = scaleNumbers.Encode(ideal);
        if (scaleNumbers.Decode(best) < ideal && best < byte.MaxValue) best++;
        if (!fit || best == 0) return best;
        var (error, last) = (Error(values, numbers, scaleNumbers.Decode(best) * second), best);
        for (var step = 1; step <= FittingSteps; step++)
        {
            var code = scaleNumbers.Encode(ideal * (1 - step * FittingStep));
            if (code >= last) continue;
            if (code == 0) break;
            last = code;
            var other = Error(values, numbers, scaleNumbers.Decode(code) * second);
            if (other < error) (error, best) = (other, code);
        }

        return best;
    }

    private static double Error(ReadOnlySpan<float> values, NumberGrid numbers, float scale)
    {
        double sum = 0;
        foreach (var value in values)
        {
            double difference = value - numbers.Round(value / scale) * scale;
            sum += difference * difference;
        }

        return sum;
    }
}
