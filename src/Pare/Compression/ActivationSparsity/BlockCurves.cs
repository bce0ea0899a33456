using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Models;

namespace Pare.Compression;

/// <summary>What a block's activations are like, from which thresholds of any strength are made.</summary>
internal sealed class BlockCurves
{
    /// <summary>Sizes at each site.</summary>
    public Dictionary<ActivationSite, SizeCurve> Sizes { get; } = [];

    /// <summary>Norms of the columns of down, where sizes are weighed with them.</summary>
    public float[]? Norms { get; set; }

    /// <summary>Sparsing Law's error, where that is the strength.</summary>
    public TruncationCurve? Truncation { get; set; }

    /// <summary>TEAL's levels, where they differ from site to site.</summary>
    public GreedyLevels? Greedy { get; set; }

    /// <summary>The curves for a run that goes on later.</summary>
    public JsonObject ToJson()
    {
        var sizes = new JsonObject();
        foreach (var (site, curve) in Sizes) sizes[site.Name()] = JsonSerializer.SerializeToNode(curve.Points);
        return new JsonObject
        {
            ["sizes"] = sizes,
            ["norms"] = JsonSerializer.SerializeToNode(Norms),
            ["truncation"] = JsonSerializer.SerializeToNode(Truncation?.Errors),
            ["greedy"] = JsonSerializer.SerializeToNode(Greedy?.Path),
        };
    }

    /// <summary>Takes up what <see cref="ToJson"/> gave.</summary>
    public static BlockCurves FromJson(JsonNode json)
    {
        var curves = new BlockCurves { Norms = json["norms"].Deserialize<float[]>() };
        foreach (var (name, points) in json["sizes"]!.AsObject())
            curves.Sizes[ActivationSites.Find(name) ?? throw new FormatException($"there is no site '{name}'")] = new SizeCurve(points.Deserialize<float[]>());
        if (json["truncation"] is { } errors) curves.Truncation = new TruncationCurve(errors.Deserialize<double[]>());
        if (json["greedy"] is { } path) curves.Greedy = new GreedyLevels(path.Deserialize<GreedyStep[]>()!);
        return curves;
    }
}
