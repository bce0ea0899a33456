using Pare.Search;

namespace Pare.Reports;

/// <summary>What was measured again of the candidates on a front.</summary>
public sealed record FrontChecks
{
    /// <summary>Nothing.</summary>
    public static FrontChecks None { get; } = new();

    /// <summary>Name of a text that the search has not seen; null where there is none.</summary>
    public string? TextFile { get; init; }

    /// <summary>Perplexities on it.</summary>
    public IReadOnlyDictionary<Candidate, double> Perplexities { get; init; } = new Dictionary<Candidate, double>();

    /// <summary>Milliseconds that the written models took to decode a token; null where that was not measured.</summary>
    public IReadOnlyDictionary<Candidate, double>? DecodeMilliseconds { get; init; }
}
