namespace Pare.Benchmarks.Comparison;

/// <summary>Everything measured on one file.</summary>
internal sealed record ModelComparison
{
    public required string File { get; init; }

    public required long FileBytes { get; init; }

    /// <summary>Bytes of the weights that one decoded token reads: all of them but an embedding table that is no output head.</summary>
    public required long BytesPerToken { get; init; }

    /// <summary>Tokens/s of prompts; null where they were not asked for.</summary>
    public required PairedSamples? Prefill { get; init; }

    /// <summary>Tokens/s of single tokens in turn; null where they were not asked for.</summary>
    public required PairedSamples? Decode { get; init; }

    /// <summary>GB/s of plain reading, measured between the pairs.</summary>
    public required IReadOnlyList<double> Bandwidth { get; init; }

    /// <summary>Largest difference of log-probabilities among tokens of probability above 1e-4, after the same prompt: that both compute the same thing.</summary>
    public required double LargestLogProbabilityDifference { get; init; }

    public required IReadOnlyList<string> Settings { get; init; }
}
