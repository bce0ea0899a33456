using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>What all methods that remove single weights have in common.</summary>
public abstract record PruningOptions : PassOptions
{
    private protected PruningOptions()
    {
    }

    /// <summary>How many weights are removed.</summary>
    public required SparsityTarget Target { get; init; }

    /// <summary>Format that the sites are stored in; null leaves BF16.</summary>
    public ElementType? Format { get; init; }

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject();
        Target.Write(json);
        json["format"] = Format?.Label();
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }
}
