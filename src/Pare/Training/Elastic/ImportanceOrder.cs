using System.Text.Json.Nodes;
using Pare.Models;

namespace Pare.Training;

/// <summary>The order in which parts of a model are kept, most important first. A sub-network consists of the first ones.</summary>
public sealed record ImportanceOrder
{
    /// <summary>Layers by rank: a sub-network of depth d has the first d of these, in the model's order.</summary>
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary>Channels of the residual stream.</summary>
    public required IReadOnlyList<int> Hidden { get; init; }

    /// <summary>For each layer its key-value heads.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Groups { get; init; }

    /// <summary>For each layer and key-value head the query heads of that group, counted within the group.</summary>
    public required IReadOnlyList<IReadOnlyList<IReadOnlyList<int>>> HeadsOfGroup { get; init; }

    /// <summary>For each layer its neurons.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Neurons { get; init; }

    /// <summary>The order that the model has: first layers, leading slices (InstaTune, LLaMA-NAS).</summary>
    /// <param name="config">The model.</param>
    /// <returns>The order.</returns>
    public static ImportanceOrder Unsorted(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new ImportanceOrder
        {
            Layers = Count(config.Layers.Count),
            Hidden = Count(config.HiddenSize),
            Groups = [.. config.Layers.Select(layer => Count(layer.KeyValueHeads))],
            HeadsOfGroup = [.. config.Layers.Select(layer => (IReadOnlyList<IReadOnlyList<int>>)[.. Enumerable.Range(0, layer.KeyValueHeads).Select(_ => Count(layer.Heads / layer.KeyValueHeads))])],
            Neurons = [.. config.Layers.Select(layer => Count(layer.FfnSize))],
        };
    }

    /// <summary>The same order with other ranks of the layers.</summary>
    /// <param name="scores">One score a layer, larger for more important ones.</param>
    /// <returns>The order.</returns>
    public ImportanceOrder WithLayers(IReadOnlyList<double> scores) => this with { Layers = Descending(scores) };

    /// <summary>The order as JSON.</summary>
    /// <returns>An object with a list for each part.</returns>
    public JsonObject ToJson() => new()
    {
        ["layers"] = Write(Layers),
        ["hidden"] = Write(Hidden),
        ["groups"] = new JsonArray([.. Groups.Select(Write)]),
        ["headsOfGroup"] = new JsonArray([.. HeadsOfGroup.Select(layer => (JsonNode)new JsonArray([.. layer.Select(Write)]))]),
        ["neurons"] = new JsonArray([.. Neurons.Select(Write)]),
    };

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The object.</param>
    /// <param name="config">The model that it has to fit.</param>
    /// <returns>The order.</returns>
    /// <exception cref="ArgumentException">It is damaged or of another model.</exception>
    public static ImportanceOrder FromJson(JsonNode json, ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            var order = new ImportanceOrder
            {
                Layers = Read(json["layers"]),
                Hidden = Read(json["hidden"]),
                Groups = [.. json["groups"]!.AsArray().Select(Read)],
                HeadsOfGroup = [.. json["headsOfGroup"]!.AsArray().Select(layer => (IReadOnlyList<IReadOnlyList<int>>)[.. layer!.AsArray().Select(Read)])],
                Neurons = [.. json["neurons"]!.AsArray().Select(Read)],
            };
            order.Check(config);
            return order;
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new ArgumentException($"the importance order is damaged: {e.Message}", e);
        }
    }

    internal void Check(ModelConfig config)
    {
        var unsorted = Unsorted(config);
        Same(Layers, unsorted.Layers, "layers");
        Same(Hidden, unsorted.Hidden, "residual channels");
        if (Groups.Count != config.Layers.Count || HeadsOfGroup.Count != config.Layers.Count || Neurons.Count != config.Layers.Count)
            throw new ArgumentException($"the importance order is of another model: this one has {config.Layers.Count} layers");
        for (var i = 0; i < config.Layers.Count; i++)
        {
            Same(Groups[i], unsorted.Groups[i], $"key-value heads of layer {i}");
            Same(Neurons[i], unsorted.Neurons[i], $"neurons of layer {i}");
            if (HeadsOfGroup[i].Count != unsorted.HeadsOfGroup[i].Count) throw new ArgumentException($"the importance order is of another model: the groups of layer {i} differ");
            for (var g = 0; g < HeadsOfGroup[i].Count; g++) Same(HeadsOfGroup[i][g], unsorted.HeadsOfGroup[i][g], $"heads of group {g} of layer {i}");
        }
    }

    /// <summary>Indices by falling score, equal ones in their order.</summary>
    internal static int[] Descending(IReadOnlyList<double> scores) => [.. Enumerable.Range(0, scores.Count).OrderByDescending(i => scores[i])];

    private static void Same(IReadOnlyList<int> order, IReadOnlyList<int> all, string what)
    {
        if (!order.Order().SequenceEqual(all)) throw new ArgumentException($"the importance order of the {what} is not one of this model's {all.Count}");
    }

    private static int[] Count(int count) => [.. Enumerable.Range(0, count)];

    private static JsonNode Write(IReadOnlyList<int> order) => new JsonArray([.. order.Select(index => (JsonNode)index)]);

    private static IReadOnlyList<int> Read(JsonNode? json) => [.. json!.AsArray().Select(index => (int)index!)];
}
