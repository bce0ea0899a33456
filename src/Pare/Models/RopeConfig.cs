namespace Pare.Models;

/// <summary>Rotary position embedding of a layer: pairs (i, i + D/2) of the first D channels of a head turn by position · frequency(i).</summary>
public sealed record RopeConfig
{
    /// <summary>Base θ of the frequencies θ^(−2i/D).</summary>
    public double Theta { get; init; } = 10000;

    /// <summary>Channels D of a head that are rotated (even, at most the head's width); the rest pass through.</summary>
    public required int Dimensions { get; init; }

    /// <summary>Change of the frequencies for longer contexts.</summary>
    public RopeScaling Scaling { get; init; }

    /// <summary>By how much the context is stretched.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Context of the original training, in tokens (Llama3, Yarn, LongRope).</summary>
    public int OriginalMaxPositionEmbeddings { get; init; }

    /// <summary>Llama3: wavelengths above original/LowFreqFactor are fully interpolated.</summary>
    public double LowFreqFactor { get; init; } = 1;

    /// <summary>Llama3: wavelengths below original/HighFreqFactor are kept.</summary>
    public double HighFreqFactor { get; init; } = 4;

    /// <summary>Yarn: rotations over the original context above which a frequency is kept.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>Yarn: rotations over the original context below which a frequency is fully interpolated.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>Yarn and LongRope: factor on cosine and sine; null takes the scaling's own rule.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>Yarn: numerator scale of the attention factor (DeepSeek's extension); 0 where unused.</summary>
    public double MScale { get; init; }

    /// <summary>Yarn: denominator scale of the attention factor; 0 where unused.</summary>
    public double MScaleAllDimensions { get; init; }

    /// <summary>Yarn: whether the ramp's ends are rounded to whole channels.</summary>
    public bool Truncate { get; init; } = true;

    /// <summary>LongRope: [D/2] divisors up to the original context.</summary>
    public double[]? ShortFactor { get; init; }

    /// <summary>LongRope: [D/2] divisors beyond the original context.</summary>
    public double[]? LongFactor { get; init; }

    private (double, int, RopeScaling, double, int, double, double, double, double, double?, double, double, bool) Plain =>
        (Theta, Dimensions, Scaling, Factor, OriginalMaxPositionEmbeddings, LowFreqFactor, HighFreqFactor, BetaFast, BetaSlow, AttentionFactor, MScale, MScaleAllDimensions, Truncate);

    /// <summary>Whether both describe the same embedding; the divisors are compared by value.</summary>
    /// <param name="other">The other one.</param>
    /// <returns>Whether all properties are equal.</returns>
    public bool Equals(RopeConfig? other) =>
        ReferenceEquals(this, other) || (other is not null && Plain.Equals(other.Plain) && Same(ShortFactor, other.ShortFactor) && Same(LongFactor, other.LongFactor));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Plain, Hash(ShortFactor), Hash(LongFactor));

    private static bool Same(double[]? a, double[]? b) => a is null ? b is null : b is not null && a.AsSpan().SequenceEqual(b);

    private static int Hash(double[]? values)
    {
        var hash = new HashCode();
        foreach (var value in values ?? []) hash.Add(value);
        return hash.ToHashCode();
    }
}
