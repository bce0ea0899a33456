using System.Text.Json.Nodes;

namespace Pare.Cli.Output;

/// <summary>What pare.json says about how a model was made, in a few lines.</summary>
internal static class ProvenanceText
{
    public static IEnumerable<(string Name, string Text)> Lines(JsonObject? provenance)
    {
        if (provenance is null) yield break;
        if (Text(provenance, "tool") is { } tool) yield return ("made by", $"{tool} {Text(provenance, "toolVersion")}".TrimEnd());
        if (Text(provenance, "instructionSet") is { } instructions) yield return ("made with", instructions);
        if (provenance["recipe"] is JsonObject recipe && recipe["passes"] is JsonArray passes)
            yield return ("recipe", string.Join(" → ", passes.OfType<JsonObject>().Select(Step)));
    }

    private static string Step(JsonObject pass) =>
        (Text(pass, "method") ?? "?") + (Text(pass, "format") is { } format ? $" ({format.ToLowerInvariant()})" : "");

    private static string? Text(JsonObject json, string key) => json[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
