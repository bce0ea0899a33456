namespace Pare.Search;

/// <summary>Names of what a search measures of a sub-network.</summary>
public static class SearchMetrics
{
    /// <summary>exp of the mean negative log-likelihood over the windows.</summary>
    public const string Perplexity = "perplexity";

    /// <summary>Numbers of the model, a tied head not counted twice.</summary>
    public const string Parameters = "parameters";

    /// <summary>Bytes of the tensors of the model's folder.</summary>
    public const string Bytes = "bytes";

    /// <summary>Multiply-adds of the linear maps and the head for one token; attention over earlier tokens is not counted.</summary>
    public const string MultiplyAdds = "multiply-adds";

    /// <summary>Mean over the predicted tokens of KL(whole model ‖ sub-network), in nats.</summary>
    public const string Kl = "kl";

    /// <summary>Mean accuracy over the tasks, from 0 to 1: more is better.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>Milliseconds to decode a token, from measured times of the parts.</summary>
    public const string Latency = "latency";

    /// <summary>Windows that a candidate was measured over: fewer than all where it was stopped as hopeless, and its perplexity and divergence are then estimates.</summary>
    public const string Windows = "windows";

    /// <summary>What every search measures.</summary>
    public static IReadOnlyList<string> Always { get; } = [Perplexity, Parameters, Bytes, MultiplyAdds];

    /// <summary>What a search can measure; those beyond <see cref="Always"/> where they are asked for.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Always, Kl, Accuracy, Latency];

    /// <summary>The objective of a metric: accuracy is made large, all others small.</summary>
    /// <param name="metric">The metric.</param>
    /// <returns>The objective.</returns>
    public static Objective Objective(string metric) => new(metric, Maximize: metric == Accuracy);
}
