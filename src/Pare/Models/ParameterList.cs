namespace Pare.Models;

/// <summary>Lists the parameters that a configuration amounts to.</summary>
internal sealed class ParameterList(ModelConfig config)
{
    private readonly List<Parameter> _parameters = [];

    public IReadOnlyList<Parameter> Build()
    {
        Matrix(ParameterRole.TokenEmbedding, -1, config.VocabularySize, config.EmbeddingSize);
        if (config.Position == PositionKind.Learned)
            Matrix(ParameterRole.PositionEmbedding, -1, config.MaxPositionEmbeddings + config.PositionOffset, config.HiddenSize);
        if (config.EmbeddingSize != config.HiddenSize) Matrix(ParameterRole.EmbeddingProjection, -1, config.HiddenSize, config.EmbeddingSize);
        for (var i = 0; i < config.Layers.Count; i++) AddLayer(i, config.Layers[i]);
        if (config.HasFinalNorm) Norm(ParameterRole.FinalNorm, -1, config.HiddenSize);
        if (config.EmbeddingSize != config.HiddenSize) Matrix(ParameterRole.HeadProjection, -1, config.EmbeddingSize, config.HiddenSize);
        if (!config.TieWordEmbeddings) Matrix(ParameterRole.Head, -1, config.VocabularySize, config.EmbeddingSize, config.HeadBias);
        return _parameters;
    }

    private void AddLayer(int i, LayerConfig layer)
    {
        var before = config.NormPlacement is NormPlacement.Before or NormPlacement.BeforeAndAfterSublayer;
        var after = config.NormPlacement is NormPlacement.AfterSublayer or NormPlacement.BeforeAndAfterSublayer;
        var residual = config.NormPlacement == NormPlacement.AfterResidual;
        if (layer.HasAttention)
        {
            if (before) Norm(ParameterRole.AttentionInputNorm, i, config.HiddenSize);
            Matrix(ParameterRole.Query, i, layer.QuerySize, config.HiddenSize, config.QueryKeyValueBias);
            Matrix(ParameterRole.Key, i, layer.KeyValueSize, config.HiddenSize, config.QueryKeyValueBias);
            Matrix(ParameterRole.Value, i, layer.KeyValueSize, config.HiddenSize, config.QueryKeyValueBias);
            if (config.QueryKeyNorm != QueryKeyNormKind.None)
            {
                var perHead = config.QueryKeyNorm == QueryKeyNormKind.PerHead;
                Vector(ParameterRole.QueryNorm, i, perHead ? layer.HeadSize : layer.QuerySize);
                Vector(ParameterRole.KeyNorm, i, perHead ? layer.HeadSize : layer.KeyValueSize);
            }

            Matrix(ParameterRole.Output, i, config.HiddenSize, layer.QuerySize, config.AttentionOutputBias);
            if (config.HasShortcuts) Matrix(ParameterRole.AttentionShortcut, i, config.HiddenSize, config.HiddenSize);
            if (after) Norm(ParameterRole.AttentionOutputNorm, i, config.HiddenSize);
            if (residual) Norm(ParameterRole.AttentionResidualNorm, i, config.HiddenSize);
        }

        if (!layer.HasFfn) return;
        if (before) Norm(ParameterRole.FfnInputNorm, i, config.HiddenSize);
        if (config.GatedFfn) Matrix(ParameterRole.Gate, i, layer.FfnSize, config.HiddenSize, config.FfnBias);
        Matrix(ParameterRole.Up, i, layer.FfnSize, config.HiddenSize, config.FfnBias);
        Matrix(ParameterRole.Down, i, config.HiddenSize, layer.FfnSize, config.FfnBias);
        // What a parallel block adds shares one basis.
        if (config.HasShortcuts && !(config.ParallelResidual && layer.HasAttention)) Matrix(ParameterRole.FfnShortcut, i, config.HiddenSize, config.HiddenSize);
        if (after) Norm(ParameterRole.FfnOutputNorm, i, config.HiddenSize);
        if (residual) Norm(ParameterRole.FfnResidualNorm, i, config.HiddenSize);
    }

    private void Matrix(ParameterRole role, int layer, int rows, int columns, bool bias = false)
    {
        Add(new ParameterId(role, layer), rows, columns, isVector: false);
        if (bias) Add(new ParameterId(role, layer, IsBias: true), 1, rows, isVector: true);
    }

    private void Norm(ParameterRole role, int layer, int length)
    {
        Vector(role, layer, length);
        if (config.Norm == NormKind.LayerNorm) Add(new ParameterId(role, layer, IsBias: true), 1, length, isVector: true);
    }

    private void Vector(ParameterRole role, int layer, int length) => Add(new ParameterId(role, layer), 1, length, isVector: true);

    private void Add(ParameterId id, int rows, int columns, bool isVector)
    {
        var module = config.Architecture.HuggingFaceNames[id.Role];
        var name = module.NameOf(id);
        if (module.Fusion != Fusion.None)
        {
            var part = id.Role switch
            {
                ParameterRole.Query => ".q",
                ParameterRole.Key => ".k",
                ParameterRole.Value => ".v",
                ParameterRole.Gate => ".gate",
                _ => ".up",
            };
            name = name.Insert(name.LastIndexOf('.'), part);
        }

        _parameters.Add(new Parameter { Id = id, Rows = rows, Columns = columns, IsVector = isVector, Name = name });
    }
}
