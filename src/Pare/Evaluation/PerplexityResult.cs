using Pare.Runtime;

namespace Pare.Evaluation;

/// <summary>Perplexity of a model over windows of tokens.</summary>
public sealed record PerplexityResult
{
    /// <summary>exp of the mean negative log-likelihood of the predicted tokens.</summary>
    public required double Perplexity { get; init; }

    /// <summary>Mean of −ln p over the predicted tokens, in nats.</summary>
    public required double MeanNegativeLogLikelihood { get; init; }

    /// <summary>Standard error of <see cref="MeanNegativeLogLikelihood"/>, from the spread of the windows' means (tokens of one window depend on each other); null for one window.</summary>
    public double? StandardError { get; init; }

    /// <summary>Negative log-likelihood of the predicted tokens in bits over the UTF-8 bytes of their text; null where the tokens' text is not known.</summary>
    public double? BitsPerByte { get; init; }

    /// <summary>Predicted tokens: windows · (window − 1).</summary>
    public required long Tokens { get; init; }

    /// <summary>UTF-8 bytes of the text of the predicted tokens; null where it is not known.</summary>
    public long? TextBytes { get; init; }

    /// <summary>Number of windows.</summary>
    public required int Windows { get; init; }

    /// <summary>Tokens of a window.</summary>
    public required int Window { get; init; }

    /// <summary>Mean negative log-likelihood of every window, in order.</summary>
    public required IReadOnlyList<double> WindowMeans { get; init; }

    /// <summary>Seconds spent on the windows of this run.</summary>
    public required double Seconds { get; init; }

    /// <summary>Tokens put through the model per second; null where all windows came from an earlier run.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Zeros among the activations of the windows of this run, by site: of models that have activation thresholds or ReLU; else null.</summary>
    public IReadOnlyList<SiteSparsity>? ActivationSparsity { get; init; }

    /// <summary>How good the predictions of neurons were, where they were in force; else null.</summary>
    public PredictionCounts? Prediction { get; init; }

    /// <summary>How it was measured.</summary>
    public required Protocol Protocol { get; init; }
}
