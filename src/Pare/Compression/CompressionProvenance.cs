using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;

namespace Pare.Compression;

/// <summary>What pare.json says about a compressed model: recipe, inputs by hash, instruction set, and what became of each parameter.</summary>
internal static class CompressionProvenance
{
    /// <summary>The files that a result depends on, by hash.</summary>
    public static JsonArray Inputs(Model model, IEnumerable<string> inputFiles) => new([.. ModelFiles(model).Concat(inputFiles).Select(file => (JsonNode)DescribeFile(file))]);

    /// <summary>All that a result depends on.</summary>
    public static JsonObject Run(Recipe recipe, JsonArray inputs)
    {
        var json = Provenance.Begin();
        json["instructionSet"] = InstructionSet.Describe();
        json["recipe"] = recipe.ToJson();
        json["inputs"] = inputs.DeepClone();
        return json;
    }

    /// <summary>The content of pare.json.</summary>
    public static JsonObject Describe(
        Model model, Recipe recipe, JsonArray inputs, IReadOnlyList<CompressedParameter> parameters, IReadOnlyList<FormatFallback> fallbacks)
    {
        var json = Run(recipe, inputs);
        var changed = new JsonObject();
        foreach (var parameter in parameters)
        {
            var entry = new JsonObject
            {
                ["methods"] = new JsonArray([.. parameter.Methods.Select(method => (JsonNode)method)]),
                ["format"] = parameter.Format.Label(),
                ["bitsPerWeight"] = parameter.BitsPerWeight,
                ["relativeError"] = parameter.RelativeError,
            };
            if (parameter.Sparsity is { } sparsity) entry["sparsity"] = sparsity;
            if (parameter.OutputError is { } error) entry["outputError"] = error;
            if (parameter.Damping is { } damping) entry["damping"] = damping;
            if (parameter.Group is { } group) entry["group"] = group;
            changed[parameter.Name] = entry;
        }

        json["parameters"] = changed;
        json["fallbacks"] = new JsonArray([.. fallbacks.Select(fallback => (JsonNode)new JsonObject
        {
            ["parameter"] = fallback.Parameter, ["wanted"] = fallback.Wanted.Label(), ["format"] = fallback.Format.Label(),
        })]);
        Provenance.AddSource(json, model);
        return json;
    }

    private static IEnumerable<string> ModelFiles(Model model) => model.IsGguf ? [model.Path]
        : Directory.EnumerateFiles(model.Path).Where(ModelFingerprint.IsPart).Order(StringComparer.Ordinal);

    private static JsonObject DescribeFile(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return new JsonObject
        {
            ["file"] = Path.GetFileName(file),
            ["bytes"] = stream.Length,
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(stream)),
        };
    }
}
