namespace Pare.Models;

/// <summary>Which activations of a site of a block are set to zero. Exactly one of the three rules is given.</summary>
public sealed record SiteThreshold
{
    private readonly float[]? _channels;

    /// <summary>T: x goes where |x| is below it.</summary>
    public float? Value { get; init; }

    /// <summary>T of each channel, or null.</summary>
    public IReadOnlyList<float>? PerChannel
    {
        get => _channels;
        init => _channels = value is null ? null : [.. value];
    }

    /// <summary><see cref="PerChannel"/> as it lies in memory; empty where there is none.</summary>
    internal ReadOnlySpan<float> Channels => _channels;

    /// <summary>Share of the channels that stay, those of largest |x| of each token; or null.</summary>
    public double? Kept { get; init; }
}
