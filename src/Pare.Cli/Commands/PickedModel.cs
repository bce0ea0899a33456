using System.Text.Json.Nodes;

namespace Pare.Cli.Commands;

/// <summary>A model that <c>pare pick</c> has written, and what was measured of it.</summary>
/// <param name="Name">picked, healed, or either with a format behind it.</param>
/// <param name="Output">The folder.</param>
/// <param name="Parameters">Numbers of the model.</param>
/// <param name="Bytes">Bytes of its tensors.</param>
/// <param name="Perplexity">Perplexity on the text that was given, or null.</param>
/// <param name="DecodeMilliseconds">Milliseconds to decode a token, or null where the study has no times.</param>
internal sealed record PickedModel(string Name, string Output, long Parameters, long Bytes, double? Perplexity, double? DecodeMilliseconds)
{
    /// <summary>The record as JSON.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["name"] = Name, ["output"] = Output, ["parameters"] = Parameters, ["bytes"] = Bytes };
        if (Perplexity is { } perplexity) json["perplexity"] = perplexity;
        if (DecodeMilliseconds is { } milliseconds) json["decodeMilliseconds"] = milliseconds;
        return json;
    }
}
