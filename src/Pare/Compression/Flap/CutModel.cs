using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Training;

namespace Pare.Compression;

/// <summary>A model without some of its neurons and groups of heads, and with biases for what these gave on average.</summary>
internal sealed class CutModel : IEditedModel
{
    private readonly Model _model;
    private readonly IReadOnlyList<FlapBlock> _blocks;
    private readonly int[][] _groups;
    private readonly int[][] _neurons;
    private readonly bool _addsMeans;
    private readonly SubNetworkSelection _selection;
    private readonly ModelGraph _graph;
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];

    /// <summary>Cuts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="blocks">What was seen of its blocks.</param>
    /// <param name="groups">Groups of heads that each block keeps, ascending.</param>
    /// <param name="neurons">Neurons that each block keeps, ascending.</param>
    /// <param name="addsMeans">Whether biases take the place of what goes.</param>
    /// <param name="format">Format of matrices that change, or null.</param>
    /// <exception cref="ArgumentException">The family cannot say such a model.</exception>
    public CutModel(Model model, IReadOnlyList<FlapBlock> blocks, int[][] groups, int[][] neurons, bool addsMeans, ElementType? format)
    {
        (_model, _blocks, _groups, _neurons, _addsMeans) = (model, blocks, groups, neurons, addsMeans);
        var whole = SubNetwork.Whole(model.Config);
        var order = ImportanceOrder.Unsorted(model.Config) with
        {
            Groups = [.. groups.Select((kept, i) => First(kept, model.Config.Layers[i].KeyValueHeads))],
            Neurons = [.. neurons.Select((kept, i) => First(kept, model.Config.Layers[i].FfnSize))],
        };
        var shape = whole with { Layers = [.. whole.Layers.Select((layer, i) => layer with { KeyValueHeads = groups[i].Length, FfnSize = neurons[i].Length })] };
        _selection = new SubNetworkSelection(model.Config, shape, order);
        Config = addsMeans ? WithBiases(_selection.Config) ?? throw new ArgumentException("this family has no biases of output and down projections") : _selection.Config;
        _graph = new ModelGraph(Config);
        foreach (var parameter in _graph.Parameters)
        {
            var isCut = parameter.Id.Layer >= 0 && model.FindWeight(parameter.Id) is { } weight && (weight.Rows != parameter.Rows || weight.Columns != parameter.Columns);
            if (isCut || (parameter.Id.IsBias && parameter.Id.Role.IsSite())) _changes.Add(parameter.Id, parameter.IsVector ? null : format);
        }
    }

    public ModelConfig Config { get; }

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> Notes =>
    [
        $"blocks keep {Range(_neurons)} neurons and {Range(_groups)} groups of heads; {_graph.ParameterCount} of {_model.Graph.ParameterCount} parameters stay",
    ];

    /// <summary>The configuration with biases of output and down projections, or null where the family cannot say them.</summary>
    public static ModelConfig? WithBiases(ModelConfig config)
    {
        if (config is { AttentionOutputBias: true, FfnBias: true }) return config;
        var json = JsonNode.Parse(config.Architecture.ToHuggingFace(config).ToJsonString())!.AsObject();
        (json["attention_bias"], json["mlp_bias"]) = (true, true);
        var read = config.Architecture.ReadWhole(new ConfigReader("the configuration with biases", json)) with { TieWordEmbeddings = config.TieWordEmbeddings };
        return read is { AttentionOutputBias: true, FfnBias: true } ? read : null;
    }

    public Weight? Find(ParameterId id) => _model.FindWeight(id);

    public float[] Values(ParameterId id)
    {
        var parameter = _graph.Get(id);
        var values = new float[checked((int)parameter.Count)];
        // Biases that the model has not start from nothing.
        if (_model.FindWeight(id) is not null)
        {
            var source = _selection.Source(id, whole => new StoredWeight(_model.GetWeight(whole)));
            for (var row = 0; row < parameter.Rows; row++) source.Read(row, values.AsSpan(row * parameter.Columns, parameter.Columns));
        }

        if (!_addsMeans || !id.IsBias || id.Role is not (ParameterRole.Output or ParameterRole.Down)) return values;
        var isDown = id.Role == ParameterRole.Down;
        var means = isDown ? _blocks[id.Layer].NeuronMeans : _blocks[id.Layer].ValueMeans;
        var kept = new bool[means.Length];
        var units = isDown ? _neurons[id.Layer] : _groups[id.Layer];
        var width = means.Length / (isDown ? _model.Config.Layers[id.Layer].FfnSize : _model.Config.Layers[id.Layer].KeyValueHeads);
        foreach (var unit in units) kept.AsSpan(unit * width, width).Fill(true);
        var lost = FlapMath.LostMeans(_model.GetWeight(id with { IsBias = false }).ToArray(), means, kept);
        for (var i = 0; i < values.Length; i++) values[i] = (float)(values[i] + lost[i]);
        return values;
    }

    public JsonObject Describe() => new()
    {
        ["blocks"] = new JsonArray([.. _groups.Zip(_neurons, (groups, neurons) => (JsonNode)new JsonObject { ["groups"] = new JsonArray([.. groups.Select(group => (JsonNode)group)]), ["neurons"] = neurons.Length })]),
    };

    public void Dispose()
    {
    }

    private static int[] First(int[] kept, int count) => [.. kept, .. Enumerable.Range(0, count).Except(kept)];

    private static string Range(int[][] kept) => $"{kept.Min(set => set.Length)} to {kept.Max(set => set.Length)}";
}
