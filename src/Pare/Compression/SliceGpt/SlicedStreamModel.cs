using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>A fused model with its residual stream in other, narrower bases.</summary>
/// <remarks>
/// With the stream z = Qᵀx of d' out of d channels, an RMS norm has to divide by √(Σz²/d). The stream is kept times √(d'/d), so that the mean over d' is that,
/// and the norms have the weight √(d/d').
/// </remarks>
internal sealed class SlicedStreamModel : IEditedModel
{
    private readonly Model _model;
    private readonly FusedModel _fused;
    private readonly StreamBases _bases;
    private readonly ComputePool _pool;
    private readonly float _streamScale;
    private readonly float _tableScale;
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];

    /// <summary>Turns and slices.</summary>
    /// <param name="model">The model.</param>
    /// <param name="fused">The same without weights in its norms.</param>
    /// <param name="bases">The bases.</param>
    /// <param name="format">Format of matrices, or null.</param>
    /// <param name="pool">Threads.</param>
    public SlicedStreamModel(Model model, FusedModel fused, StreamBases bases, ElementType? format, ComputePool pool)
    {
        (_model, _fused, _bases, _pool) = (model, fused, bases, pool);
        var (hidden, width) = (fused.Config.HiddenSize, bases.All[^1].Width);
        _streamScale = (float)Math.Sqrt((double)width / hidden);
        Config = Describe(fused.Config, width);
        // Some families take the factor of embeddings from the width.
        _tableScale = _streamScale * fused.Config.EmbeddingMultiplier / Config.EmbeddingMultiplier;
        foreach (var parameter in new ModelGraph(Config).Parameters)
        {
            var (role, _, isBias) = parameter.Id;
            if (role is ParameterRole.QueryNorm or ParameterRole.KeyNorm || (isBias && FusedModel.Reads(role) && !fused.IsCentred && role != ParameterRole.Head)) continue;
            _changes.Add(parameter.Id, parameter.IsVector ? null : format);
        }
    }

    public ModelConfig Config { get; }

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> Notes =>
    [
        $"the residual stream has {Config.HiddenSize} of {_fused.Config.HiddenSize} channels, with {_bases.All.Min(basis => basis.Kept):P2} to {_bases.All.Max(basis => basis.Kept):P2} of what the norms give on the calibration text",
    ];

    /// <summary>The configuration with another width, as it will be read back.</summary>
    /// <exception cref="ArgumentException">The family cannot say it.</exception>
    public static ModelConfig Describe(ModelConfig fused, int width)
    {
        var wanted = fused with { HiddenSize = width, EmbeddingSize = width, HasShortcuts = true };
        var json = fused.Architecture.ToHuggingFace(wanted);
        if (json.ContainsKey("word_embed_proj_dim")) json["word_embed_proj_dim"] = width;
        // As if it had been read from a file: numbers without a type of their own.
        json = JsonNode.Parse(json.ToJsonString())!.AsObject();
        var read = fused.Architecture.ReadWhole(new ConfigReader("the sliced model's configuration", json));
        foreach (var (meant, found) in wanted.Layers.Zip(read.Layers))
        {
            if ((meant with { RotaryPairs = null }) == (found with { RotaryPairs = null })) continue;
            throw new ArgumentException($"this family cannot say a residual stream of {width} channels with layers of this shape: its configuration would be read as another");
        }

        return read;
    }

    public Weight? Find(ParameterId id) => _model.FindWeight(id);

    public float[] Values(ParameterId id)
    {
        var (role, layer, isBias) = id;
        switch (role)
        {
            case ParameterRole.AttentionInputNorm or ParameterRole.FfnInputNorm or ParameterRole.FinalNorm:
                return [.. Enumerable.Repeat((float)(1.0 / _streamScale) - Config.NormWeightOffset, Config.HiddenSize)];
            case ParameterRole.AttentionShortcut or ParameterRole.FfnShortcut:
                var isFfn = role == ParameterRole.FfnShortcut;
                return _bases.Behind(layer, isFfn).OnOutputs(_pool, _bases.Before(layer, isFfn).Values);
            case ParameterRole.TokenEmbedding:
                return _bases.All[0].OnInputs(_pool, _fused.Values(id), _tableScale);
            case ParameterRole.PositionEmbedding:
                return _bases.All[0].OnInputs(_pool, _fused.Values(id), _streamScale);
            case ParameterRole.Output or ParameterRole.Down:
                return _bases.Behind(layer, role == ParameterRole.Down).OnOutputs(_pool, _fused.Values(id), _streamScale);
            case ParameterRole.Head:
                return isBias ? _fused.Values(id) : _bases.All[^1].OnInputs(_pool, _fused.Values(id));
            default:
                return isBias ? _fused.Values(id) : _bases.Before(layer, role is ParameterRole.Gate or ParameterRole.Up).OnInputs(_pool, _fused.Values(id));
        }
    }

    public JsonObject Describe() => new()
    {
        ["width"] = Config.HiddenSize,
        ["kept"] = new JsonArray([.. _bases.All.Select(basis => (JsonNode)basis.Kept)]),
    };

    public void Dispose()
    {
    }
}
