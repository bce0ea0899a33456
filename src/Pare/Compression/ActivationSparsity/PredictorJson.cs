using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Pare.Models;

namespace Pare.Compression;

/// <summary>A predictor as a run that was stopped keeps it.</summary>
internal static class PredictorJson
{
    /// <summary>Its key beside the thresholds of a block.</summary>
    public const string Key = "predictor";

    /// <summary>Numbers as bytes in base 64, and the shares.</summary>
    public static JsonObject Write(NeuronPredictor predictor) => new()
    {
        ["rank"] = predictor.Rank,
        ["first"] = Convert.ToBase64String(MemoryMarshal.AsBytes(predictor.First)),
        ["second"] = Convert.ToBase64String(MemoryMarshal.AsBytes(predictor.Second)),
        ["bias"] = Convert.ToBase64String(MemoryMarshal.AsBytes(predictor.Bias)),
        ["recall"] = predictor.Recall,
        ["precision"] = predictor.Precision,
        ["share"] = predictor.Share,
    };

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static NeuronPredictor Read(JsonNode json) =>
        new(MemoryMarshal.Cast<byte, Half>(Bytes(json, "first")), MemoryMarshal.Cast<byte, Half>(Bytes(json, "second")), MemoryMarshal.Cast<byte, float>(Bytes(json, "bias")), json["rank"]!.GetValue<int>())
        {
            Recall = json["recall"]?.GetValue<double>(),
            Precision = json["precision"]?.GetValue<double>(),
            Share = json["share"]?.GetValue<double>(),
        };

    private static byte[] Bytes(JsonNode json, string key) => Convert.FromBase64String(json[key]!.GetValue<string>());
}
