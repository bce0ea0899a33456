namespace Pare.Evaluation.Speed;

/// <summary>Speed and memory of a model on a machine.</summary>
public sealed record BenchResult
{
    /// <summary>Seconds to open the model and prepare it for running.</summary>
    public required double LoadSeconds { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Tokens generated behind it.</summary>
    public required int GeneratedTokens { get; init; }

    /// <summary>Tokens of the prompt per second, up to the first logits; median of the repetitions.</summary>
    public required double PrefillTokensPerSecond { get; init; }

    /// <summary>Generated tokens per second, one by one, the argmax included; median of the repetitions.</summary>
    public required double DecodeTokensPerSecond { get; init; }

    /// <summary>The repetitions behind <see cref="PrefillTokensPerSecond"/>.</summary>
    public required RateSample Prefill { get; init; }

    /// <summary>The repetitions behind <see cref="DecodeTokensPerSecond"/>.</summary>
    public required RateSample Decode { get; init; }

    /// <summary>Bytes of weights that decoding one token reads where no activation is zero.</summary>
    public required long WeightBytesPerToken { get; init; }

    /// <summary>Bytes of weights that decoding a token did read on average: fewer where activations were zero and their weights were left out.</summary>
    public required double ReadBytesPerToken { get; init; }

    /// <summary>What was fetched from disk while decoding, where weights had a memory limit; else null.</summary>
    public Runtime.FetchCounts? Fetches { get; init; }

    /// <summary>10⁹ bytes of weights read per second while decoding: <see cref="ReadBytesPerToken"/> · <see cref="DecodeTokensPerSecond"/>.</summary>
    public required double DecodeGigabytesPerSecond { get; init; }

    /// <summary>10⁹ bytes per second that the same threads read from memory when they do nothing else; null where it was not measured.</summary>
    public double? ReadBandwidthGigabytesPerSecond { get; init; }

    /// <summary>10⁹ floating-point operations per second of the prefill's matrices: 2 · parameters of the blocks · <see cref="PrefillTokensPerSecond"/>.</summary>
    public required double PrefillGigaflopsPerSecond { get; init; }

    /// <summary>Managed bytes allocated per generated token.</summary>
    public required double AllocatedBytesPerToken { get; init; }

    /// <summary>Most physical memory of the process until the end of the last repetition, mapped weights included; null where the system does not tell.</summary>
    public long? PeakResidentBytes { get; init; }

    /// <summary>How it was measured.</summary>
    public required Protocol Protocol { get; init; }
}
