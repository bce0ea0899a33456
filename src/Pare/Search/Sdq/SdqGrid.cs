using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Compression;

namespace Pare.Search;

/// <summary>Configurations of SDQ that are to be compared: a recipe whose SDQ step has lists of values (docs/methods/Sdq.md).</summary>
/// <remarks>
/// A document with <c>seed</c>, <c>calibration</c> and <c>passes</c> (those before SDQ, or none) as in a recipe, <c>sites</c> and <c>damping</c> of all configurations, and <c>grid</c>:
/// a list of mappings from <c>pattern</c>, <c>outliers</c>, <c>inlierFormat</c>, <c>outlierFormat</c>, <c>metric</c>, <c>outlierMetric</c>, <c>joint</c> to a value or a list of them;
/// each mapping stands for every combination of its values. <c>outliers: none</c> is a single part.
/// </remarks>
public sealed class SdqGrid
{
    private static readonly string[] s_keys = ["pattern", "outliers", "inlierFormat", "outlierFormat", "metric", "outlierMetric", "joint"];
    private readonly Recipe _base;

    private SdqGrid(Recipe of, IReadOnlyList<SdqOptions> configurations) => (_base, Configurations) = (of, configurations);

    /// <summary>The configurations, each once.</summary>
    public IReadOnlyList<SdqOptions> Configurations { get; }

    /// <summary>On which text passes are calibrated, or null.</summary>
    public CalibrationOptions? Calibration => _base.Calibration;

    /// <summary>Reads a grid from a file.</summary>
    /// <param name="path">YAML or JSON.</param>
    /// <returns>The grid.</returns>
    /// <exception cref="RecipeException">The document is no grid: the message names the place and what is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SdqGrid Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(File.ReadAllText(path), Path.GetDirectoryName(Path.GetFullPath(path)) ?? "");
    }

    /// <summary>Reads a grid from a text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="baseFolder">Folder from which relative paths start; empty for the current folder.</param>
    /// <returns>The grid.</returns>
    /// <exception cref="RecipeException">The document is no grid.</exception>
    public static SdqGrid Parse(string text, string baseFolder = "")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(baseFolder);
        var document = RecipeDocument.Parse(text);
        var calibration = document.Map("calibration") is { } map ? CalibrationReader.Read(map) : null;
        var of = new Recipe
        {
            Seed = document.Integer("seed", 0),
            Calibration = calibration,
            Passes = document.OptionalMaps("passes") is { } steps ? [.. steps.Select(RecipeReader.ReadStep)] : [],
            BaseFolder = baseFolder,
        };
        var (sites, damping) = (document.Texts("sites"), document.Number("damping") ?? 0.01);
        var configurations = new List<SdqOptions>();
        foreach (var step in document.Maps("grid").SelectMany(entry => entry.Product(s_keys)))
        {
            // What a single value says in the other methods' steps is said by the whole combination here.
            var options = SdqOptions.Read(step.Text("outliers") == "none" ? step.Without("outliers") : step) with { Sites = sites, Damping = damping };
            if (!configurations.Exists(other => SdqSpace.Of(other).Equals(SdqSpace.Of(options)))) configurations.Add(options);
        }

        document.RefuseOthers();
        return new SdqGrid(of, configurations);
    }

    /// <summary>The recipe of one configuration.</summary>
    /// <param name="options">The configuration.</param>
    /// <returns>The recipe.</returns>
    public Recipe ToRecipe(SdqOptions options) => _base with { Passes = [.. _base.Passes, options] };

    /// <summary>What all configurations have in common, for the study.</summary>
    internal JsonObject Describe()
    {
        var json = _base.ToJson();
        json["damping"] = Configurations[0].Damping;
        json["sites"] = Configurations[0].Sites is { } sites ? new JsonArray([.. sites.Select(site => (JsonNode)site)]) : "all";
        return json;
    }
}
