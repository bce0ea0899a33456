using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Token ids to the residual stream.</summary>
internal sealed unsafe class Embedding : IDisposable
{
    private readonly ModelConfig _config;
    private readonly Weight _table;
    private readonly Weight? _positions;
    private readonly Linear? _projection;

    public Embedding(Model model)
        : this(model.Config, model.FindWeight)
    {
    }

    /// <summary>Takes the embedding from weights that are looked up one by one; they have to outlive it.</summary>
    public Embedding(ModelConfig config, Func<ParameterId, Weight?> find)
    {
        _config = config;
        _table = find(new ParameterId(ParameterRole.TokenEmbedding)) ?? throw new ArgumentException("there is no embedding table", nameof(find));
        _positions = find(new ParameterId(ParameterRole.PositionEmbedding));
        if (find(new ParameterId(ParameterRole.EmbeddingProjection)) is { } projection) _projection = new Linear(projection, null);
    }

    /// <summary>The map from the table's width to the model's, where there is one.</summary>
    public Linear? Projection => _projection;

    /// <summary>Fills the stream of the workspace with the tokens' vectors.</summary>
    public void Lookup(ComputePool pool, ReadOnlySpan<int> tokens, ReadOnlySpan<SequenceRows> sequences, Workspace workspace)
    {
        var target = _projection is null ? workspace.Stream : workspace.Normed;
        var size = _config.EmbeddingSize;
        for (var t = 0; t < tokens.Length; t++)
        {
            var vector = new Span<float>(target + (long)t * size, size);
            _table.Read(tokens[t], 0, vector);
            if (_config.EmbeddingMultiplier != 1) VectorMath.Scale(vector, _config.EmbeddingMultiplier);
        }

        _projection?.Multiply(pool, target, tokens.Length, workspace.Stream, workspace.QuantizedInput);
        if (_positions is null) return;
        var hidden = _config.HiddenSize;
        var row = workspace.Stream;
        foreach (var (cache, count) in sequences)
        {
            for (var t = 0; t < count; t++, row += hidden)
            {
                var position = new Span<float>(workspace.Added, hidden);
                _positions.Read(cache.Length + t + _config.PositionOffset, 0, position);
                VectorMath.Add(position, new Span<float>(row, hidden));
            }
        }
    }

    public void Dispose() => _projection?.Dispose();
}
