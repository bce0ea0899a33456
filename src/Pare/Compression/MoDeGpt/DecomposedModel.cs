using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>A model of narrower blocks, whose changed matrices lie in memory as float32.</summary>
internal sealed class DecomposedModel : IEditedModel
{
    private readonly Model _model;
    private readonly ElementType? _format;
    private readonly IReadOnlyList<double> _influences;
    private readonly Dictionary<ParameterId, float[]> _values = [];
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];
    private ModelConfig? _config;

    /// <summary>Begins with none of them.</summary>
    /// <param name="model">The whole model.</param>
    /// <param name="format">Format of the matrices that change, or null.</param>
    /// <param name="influences">Influence of each block, for the report.</param>
    public DecomposedModel(Model model, ElementType? format, IReadOnlyList<double> influences) => (_model, _format, _influences) = (model, format, influences);

    public ModelConfig Config => _config ?? throw new InvalidOperationException("not all blocks are decomposed");

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> Notes =>
    [
        $"blocks have {Config.Layers.Min(layer => layer.FfnSize)} to {Config.Layers.Max(layer => layer.FfnSize)} neurons, and heads of {Heads.Min()} to {Heads.Max()} channels; {new ModelGraph(Config).ParameterCount} of {_model.Graph.ParameterCount} parameters stay",
    ];

    private IEnumerable<int> Heads => Config.Layers.Where(layer => layer.HasAttention).Select(layer => layer.HeadSize).DefaultIfEmpty(0);

    /// <summary>Adds the matrices of a block.</summary>
    public void Add(ModelGraph graph, IReadOnlyDictionary<ParameterId, float[]> values)
    {
        foreach (var (id, value) in values)
        {
            _changes.Add(id, graph.Get(id).IsVector ? null : _format);
            _values.Add(id, value);
        }
    }

    /// <summary>Ends the adding.</summary>
    public void Complete(ModelConfig config) => _config = config;

    public Weight? Find(ParameterId id) => _model.FindWeight(id);

    public float[] Values(ParameterId id) => (float[])_values[id].Clone();

    public JsonObject Describe() => new()
    {
        ["blocks"] = new JsonArray([.. Config.Layers.Select((layer, i) => (JsonNode)new JsonObject { ["influence"] = _influences[i], ["neurons"] = layer.FfnSize, ["headSize"] = layer.HeadSize })]),
    };

    public void Dispose() => _values.Clear();
}
