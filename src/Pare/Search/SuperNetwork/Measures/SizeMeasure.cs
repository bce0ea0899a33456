namespace Pare.Search;

/// <summary>What follows from shape and formats alone: parameters, bytes and multiply-adds.</summary>
public sealed class SizeMeasure : ICandidateMeasure
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics { get; } = [SearchMetrics.Parameters, SearchMetrics.Bytes, SearchMetrics.MultiplyAdds];

    /// <inheritdoc/>
    public void Measure(CandidateModel candidate, IDictionary<string, double> values, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(values);
        var (config, graph) = (candidate.Layout.Config, candidate.Layout.Graph);
        values[SearchMetrics.Parameters] = graph.ParameterCount;
        values[SearchMetrics.Bytes] = candidate.Layout.ByteLength;
        values[SearchMetrics.MultiplyAdds] = graph.Sites.Sum(site => (double)site.Rows * site.Columns) + (double)config.VocabularySize * config.EmbeddingSize
            + (config.EmbeddingSize == config.HiddenSize ? 0 : 2.0 * config.EmbeddingSize * config.HiddenSize);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
