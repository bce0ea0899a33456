using System.Text.Json.Nodes;
using Pare.Calibration;

namespace Pare.Compression;

/// <summary>The passes that make a smaller model of a model, in order, with their options. A document in YAML or JSON (docs/recipes.md).</summary>
public sealed record Recipe
{
    /// <summary>Seed of everything random that a pass does.</summary>
    public int Seed { get; init; }

    /// <summary>On which text passes are calibrated; null where none of them needs it.</summary>
    public CalibrationOptions? Calibration { get; init; }

    /// <summary>The passes, in order; at least one.</summary>
    public required IReadOnlyList<PassOptions> Passes { get; init; }

    /// <summary>Folder from which relative paths in the document start; empty for the current folder.</summary>
    public string BaseFolder { get; init; } = "";

    /// <summary>Reads a recipe from a file.</summary>
    /// <param name="path">YAML or JSON.</param>
    /// <returns>The recipe.</returns>
    /// <exception cref="RecipeException">The document is no recipe: the message names the place, what is wrong and what is known.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Recipe Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        const int LargestFile = 1 << 20;
        if (new FileInfo(path) is { Exists: true, Length: > LargestFile } file) throw new RecipeException("", $"{path} has {file.Length} bytes; a recipe has at most {LargestFile}");
        return Parse(File.ReadAllText(path), Path.GetDirectoryName(Path.GetFullPath(path)) ?? "");
    }

    /// <summary>Reads a recipe from a text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="baseFolder">Folder from which relative paths start; empty for the current folder.</param>
    /// <returns>The recipe.</returns>
    /// <exception cref="RecipeException">The document is no recipe.</exception>
    public static Recipe Parse(string text, string baseFolder = "")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(baseFolder);
        return RecipeReader.Read(RecipeDocument.Parse(text), baseFolder);
    }

    /// <summary>The recipe with every default written out, as pare.json carries it.</summary>
    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["seed"] = Seed };
        if (Calibration is not null) json["calibration"] = CalibrationReader.Write(Calibration);
        json["passes"] = new JsonArray([.. Passes.Select(pass =>
        {
            var step = pass.ToJson();
            step.Insert(0, "method", pass.Method);
            return step;
        })]);
        return json;
    }
}
