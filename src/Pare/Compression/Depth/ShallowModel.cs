using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Training;

namespace Pare.Compression;

/// <summary>A model without some of its blocks or sub-layers. What stays lies where it lay, but for blocks that were given other values.</summary>
internal sealed class ShallowModel : IEditedModel
{
    private readonly Model _source;
    private readonly SubNetwork _shape;
    private readonly ModelGraph _graph;
    private readonly IReadOnlyDictionary<int, Func<ParameterId, float[]>> _values;
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];

    /// <summary>Cuts the model.</summary>
    /// <param name="source">The whole model.</param>
    /// <param name="shape">What of it stays, in full width.</param>
    /// <param name="values">For blocks that change, by their index in the whole model: the values of a parameter of the whole model; null for none.</param>
    /// <param name="path">Place of the step in the recipe, for messages.</param>
    /// <param name="format">Format of matrices that change, or null.</param>
    /// <exception cref="RecipeException">The family cannot say such a model.</exception>
    public ShallowModel(Model source, SubNetwork shape, IReadOnlyDictionary<int, Func<ParameterId, float[]>>? values, string path, ElementType? format = null)
    {
        (_source, _shape, _values) = (source, shape, values ?? new Dictionary<int, Func<ParameterId, float[]>>());
        try
        {
            Config = shape.ToConfig(source.Config);
        }
        catch (ArgumentException e)
        {
            throw new RecipeException(path, e.Message, e);
        }

        _graph = new ModelGraph(Config);
        foreach (var parameter in _graph.Parameters.Where(parameter => parameter.Id.Layer >= 0 && _values.ContainsKey(SourceOf(parameter.Id).Layer)))
            _changes.Add(parameter.Id, parameter.IsVector ? null : format);
    }

    public ModelConfig Config { get; }

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What pare.json says.</summary>
    public required JsonObject Description { get; init; }

    public Weight? Find(ParameterId id) => _graph.Contains(id) ? _source.GetWeight(SourceOf(id)).As(_graph.Get(id)) : null;

    public float[] Values(ParameterId id)
    {
        var source = SourceOf(id);
        return _values[source.Layer](source);
    }

    public JsonObject Describe() => Description;

    public void Dispose()
    {
    }

    private ParameterId SourceOf(ParameterId id) => id.Layer < 0 ? id : id with { Layer = _shape.Layers[id.Layer].Source };
}
