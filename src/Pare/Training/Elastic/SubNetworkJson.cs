using System.Text.Json.Nodes;

namespace Pare.Training;

/// <summary>A sub-network in pare.json.</summary>
internal static class SubNetworkJson
{
    public static JsonObject Write(SubNetwork shape) => new()
    {
        ["hiddenSize"] = shape.HiddenSize,
        ["layers"] = new JsonArray([.. shape.Layers.Select(layer => (JsonNode)new JsonObject
        {
            ["source"] = layer.Source, ["keyValueHeads"] = layer.KeyValueHeads, ["headsPerGroup"] = layer.HeadsPerGroup, ["headSize"] = layer.HeadSize, ["ffnSize"] = layer.FfnSize,
        })]),
    };
}
