namespace Pare.Evaluation.Tasks;

/// <summary>One figure of a task.</summary>
public sealed record MetricResult
{
    /// <summary><c>acc</c>, <c>acc_norm</c>, <c>mc2</c> or <c>perplexity</c>.</summary>
    public required string Metric { get; init; }

    /// <summary>The figure: a share from 0 to 1, or a perplexity.</summary>
    public required double Value { get; init; }

    /// <summary>Standard error (sample deviation over the root of the number of documents; of a perplexity by its logarithm's); null for one document.</summary>
    public double? StandardError { get; init; }

    /// <summary>What guessing gives on average; null for a perplexity.</summary>
    public double? Chance { get; init; }

    /// <summary>(value − chance) over the standard deviation of the figure under guessing; null for a perplexity and where guessing has no spread.</summary>
    public double? ZScore { get; init; }

    /// <summary>Whether the figure differs from guessing at 95 % (two-sided); null for a perplexity.</summary>
    public bool? DistinguishableFromGuessing { get; init; }
}
