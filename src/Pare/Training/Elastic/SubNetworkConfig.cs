using System.Text.Json.Nodes;
using Pare.Models;

namespace Pare.Training;

/// <summary>Writes the configuration of a sub-network as its family does and reads it back, so that it is what any other program would read.</summary>
internal static class SubNetworkConfig
{
    // Lists with an entry for each layer.
    private static readonly string[] s_perLayer = ["layer_types", "no_rope_layers", "attention_layers", "mlp_layer_types"];

    public static ModelConfig Build(ModelConfig config, SubNetwork shape)
    {
        var wanted = config with
        {
            HiddenSize = shape.HiddenSize,
            EmbeddingSize = config.EmbeddingSize == config.HiddenSize ? shape.HiddenSize : config.EmbeddingSize,
            Layers = [.. shape.Layers.Select(layer => Cut(config.Layers[layer.Source], layer))],
        };
        if (shape.Layers.Count == config.Layers.Count && wanted.HiddenSize == config.HiddenSize && wanted.Layers.SequenceEqual(config.Layers)) return config;
        var json = config.Architecture.ToHuggingFace(wanted);
        // A sub-network is a model that other programs can read, too.
        if (!ConfigStructure.IsNeeded(config)) ConfigStructure.Remove(config, json);
        foreach (var key in s_perLayer)
        {
            if (json[key] is JsonArray values && values.Count == config.Layers.Count) json[key] = new JsonArray([.. shape.Layers.Select(layer => values[layer.Source]?.DeepClone())]);
        }

        if (json.ContainsKey("max_window_layers") && config.Layers.All(layer => layer.SlidingWindow is null)) json["max_window_layers"] = wanted.Layers.Count;
        SetTheta(json, config, wanted);
        var read = config.Architecture.ReadWhole(new ConfigReader("the sub-network's configuration", JsonNode.Parse(json.ToJsonString())!.AsObject())) with { TieWordEmbeddings = config.TieWordEmbeddings };
        for (var i = 0; i < wanted.Layers.Count; i++) Compare(i, shape.Layers[i], wanted.Layers[i], read.Layers[i]);
        return read;
    }

    private static LayerConfig Cut(LayerConfig whole, SubNetworkLayer layer)
    {
        var cut = whole with { FfnSize = layer.FfnSize, KeyValueHeads = layer.KeyValueHeads, Heads = layer.KeyValueHeads * layer.HeadsPerGroup };
        if (layer.KeyValueHeads == 0 || layer.HeadSize == whole.HeadSize) return cut;
        return cut with { HeadSize = layer.HeadSize, Rope = whole.Rope is { } rope ? Narrow(rope, layer.HeadSize, whole.HeadSize) : null };
    }

    // θ' of the fewer pairs such that pair i turns as it did: θ'^(−2i/D') = θ^(−2i/D).
    private static RopeConfig Narrow(RopeConfig rope, int size, int whole)
    {
        var dimensions = (int)((long)rope.Dimensions * size / whole);
        return rope with { Dimensions = dimensions, Theta = Math.Pow(rope.Theta, (double)dimensions / rope.Dimensions) };
    }

    private static void SetTheta(JsonObject json, ModelConfig config, ModelConfig wanted)
    {
        var before = config.Layers.Select(layer => layer.Rope?.Theta).Distinct().ToList();
        var after = wanted.Layers.Where(layer => layer.HasAttention).Select(layer => layer.Rope?.Theta).Distinct().ToList();
        if (after is not [{ } theta] || before is not [{ } old] || theta == old) return;
        if (json["rope_parameters"] is JsonObject parameters && parameters.ContainsKey("rope_theta")) parameters["rope_theta"] = theta;
        else json[json.ContainsKey("rotary_emb_base") && !json.ContainsKey("rope_theta") ? "rotary_emb_base" : "rope_theta"] = theta;
    }

    private static void Compare(int index, SubNetworkLayer layer, LayerConfig wanted, LayerConfig read)
    {
        var place = $"layer {layer.Source} (layer {index} of the sub-network)";
        if (wanted.FfnSize != read.FfnSize) throw Refused("feed-forward width", wanted.FfnSize, read.FfnSize);
        if (wanted.Heads != read.Heads || wanted.KeyValueHeads != read.KeyValueHeads) throw Refused("number of heads", $"{wanted.Heads} ({wanted.KeyValueHeads})", $"{read.Heads} ({read.KeyValueHeads})");
        if (!wanted.HasAttention) return;
        if (wanted.HeadSize != read.HeadSize)
            throw new ArgumentException($"{place}: this family takes the width of a head from the residual width and the number of heads, which gives {read.HeadSize} where {wanted.HeadSize} is meant; keep both, or keep all heads in at least one layer");
        if (wanted.SlidingWindow != read.SlidingWindow) throw Refused("sliding window, which follows the layer's index,", wanted.SlidingWindow, read.SlidingWindow);
        if (wanted.Rope is null && read.Rope is null) return;
        if (wanted.Rope is null || read.Rope is null || !Frequencies(wanted.Rope).SequenceEqual(Frequencies(read.Rope))) throw Refused("rotary embedding", "of the kept pairs", "another");

        ArgumentException Refused(string what, object? meant, object? found) => new($"{place}: this family cannot say the {what} of this sub-network (meant: {meant ?? "none"}, read back: {found ?? "none"}); choose other layers or widths");
    }

    private static float[] Frequencies(RopeConfig rope)
    {
        var frequencies = RopeFrequencies.Compute(rope, 1, out var factor);
        return [.. frequencies.Select(frequency => (float)frequency), (float)factor];
    }
}
