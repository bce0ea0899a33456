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

    /// <summary>‖W[:, i]‖ of the down projection as it stands; empty where the block has none.</summary>
    public static float[] ColumnNorms(BlockEdit block)
    {
        var down = block.Find(new ParameterId(ParameterRole.Down, block.Block));
        if (down is null) return [];
        var sums = new double[down.Columns];
        var row = new float[down.Columns];
        for (var r = 0; r < down.Rows; r++)
        {
            down.Read(r, 0, row);
            for (var i = 0; i < row.Length; i++) sums[i] += (double)row[i] * row[i];
        }

        return Array.ConvertAll(sums, sum => (float)Math.Sqrt(sum));
    }

    /// <summary>A threshold of |x| · norm as one of |x| for each neuron; one whose column is zero adds nothing, whatever its activation.</summary>
    public float[] Divided(float threshold) => Array.ConvertAll(Norms!, norm => norm > 0 ? Math.Min(threshold / norm, float.MaxValue) : float.MaxValue);

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
