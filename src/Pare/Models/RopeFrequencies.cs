namespace Pare.Models;

/// <summary>Angular frequencies of a <see cref="RopeConfig"/>, in radians per position.</summary>
public static class RopeFrequencies
{
    /// <summary>Computes frequencies and the factor on cosine and sine.</summary>
    /// <param name="rope">The rotary configuration.</param>
    /// <param name="contextLength">Positions that the session is made for: LongRope takes its long factors where it exceeds the original context.</param>
    /// <param name="attentionFactor">Factor on cosine and sine.</param>
    /// <returns>[D/2] frequencies.</returns>
    public static double[] Compute(RopeConfig rope, int contextLength, out double attentionFactor)
    {
        ArgumentNullException.ThrowIfNull(rope);
        var frequencies = new double[rope.Dimensions / 2];
        for (var i = 0; i < frequencies.Length; i++) frequencies[i] = Math.Pow(rope.Theta, -2.0 * i / rope.Dimensions);
        attentionFactor = 1;
        switch (rope.Scaling)
        {
            case RopeScaling.None:
                break;
            case RopeScaling.Linear:
                for (var i = 0; i < frequencies.Length; i++) frequencies[i] /= rope.Factor;
                break;
            case RopeScaling.Llama3:
                for (var i = 0; i < frequencies.Length; i++) frequencies[i] = Llama3(rope, frequencies[i]);
                break;
            case RopeScaling.Yarn:
                Yarn(rope, frequencies);
                attentionFactor = rope.AttentionFactor ?? YarnAttentionFactor(rope);
                break;
            case RopeScaling.LongRope:
                var divisors = contextLength > rope.OriginalMaxPositionEmbeddings ? rope.LongFactor! : rope.ShortFactor!;
                for (var i = 0; i < frequencies.Length; i++) frequencies[i] /= divisors[i];
                attentionFactor = rope.AttentionFactor
                    ?? (rope.Factor <= 1 ? 1 : Math.Sqrt(1 + Math.Log(rope.Factor) / Math.Log(rope.OriginalMaxPositionEmbeddings)));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(rope), rope.Scaling, "unknown rotary scaling");
        }

        return frequencies;
    }

    private static double Llama3(RopeConfig rope, double frequency)
    {
        var wavelength = 2 * Math.PI / frequency;
        var original = rope.OriginalMaxPositionEmbeddings;
        if (wavelength < original / rope.HighFreqFactor) return frequency;
        if (wavelength > original / rope.LowFreqFactor) return frequency / rope.Factor;
        var kept = (original / wavelength - rope.LowFreqFactor) / (rope.HighFreqFactor - rope.LowFreqFactor);
        return (1 - kept) * frequency / rope.Factor + kept * frequency;
    }

    private static void Yarn(RopeConfig rope, double[] frequencies)
    {
        var low = YarnChannel(rope, rope.BetaFast);
        var high = YarnChannel(rope, rope.BetaSlow);
        if (rope.Truncate)
        {
            low = Math.Floor(low);
            high = Math.Ceiling(high);
        }

        low = Math.Max(low, 0);
        high = Math.Min(high, rope.Dimensions - 1);
        if (low == high) high += 0.001;
        for (var i = 0; i < frequencies.Length; i++)
        {
            var interpolated = Math.Clamp((i - low) / (high - low), 0, 1);
            frequencies[i] = frequencies[i] / rope.Factor * interpolated + frequencies[i] * (1 - interpolated);
        }
    }

    // The channel pair that turns `rotations` times over the original context.
    private static double YarnChannel(RopeConfig rope, double rotations) =>
        rope.Dimensions * Math.Log(rope.OriginalMaxPositionEmbeddings / (rotations * 2 * Math.PI)) / (2 * Math.Log(rope.Theta));

    private static double YarnAttentionFactor(RopeConfig rope)
    {
        if (rope.MScale != 0 && rope.MScaleAllDimensions != 0)
            return Scale(rope.MScale) / Scale(rope.MScaleAllDimensions);
        return Scale(1);

        double Scale(double m) => rope.Factor <= 1 ? 1 : 0.1 * m * Math.Log(rope.Factor) + 1;
    }
}
