using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Models;

/// <summary>Predictors of neurons in the file beside the thresholds of channels: tensors layers.BLOCK.predictor.first, .second (F16) and .bias (F32).</summary>
internal static class PredictorTensors
{
    /// <summary>Key in the section of pare.json: a list with { "recall", "precision", "share" } a block, or null where the block has none.</summary>
    public const string Key = "predictors";

    /// <summary>The section's entry, or null where there are no predictors.</summary>
    public static JsonArray? ToJson(ActivationSparsity sparsity) => !sparsity.HasPredictors ? null : new JsonArray([.. Enumerable.Range(0, sparsity.Layers).Select(layer =>
        sparsity.Predictor(layer) is not { } predictor ? null : (JsonNode)new JsonObject { ["recall"] = predictor.Recall, ["precision"] = predictor.Precision, ["share"] = predictor.Share })]);

    /// <summary>The tensors to write.</summary>
    public static IEnumerable<OutgoingTensor> Tensors(ActivationSparsity sparsity)
    {
        for (var layer = 0; layer < sparsity.Layers; layer++)
        {
            if (sparsity.Predictor(layer) is not { } predictor) continue;
            yield return OutgoingTensor.FromBytes(Name(layer, "first"), ElementType.F16, [predictor.Rank, predictor.Inputs], MemoryMarshal.AsBytes(predictor.First).ToArray());
            yield return OutgoingTensor.FromBytes(Name(layer, "second"), ElementType.F16, [predictor.Groups, predictor.Rank], MemoryMarshal.AsBytes(predictor.Second).ToArray());
            yield return OutgoingTensor.FromBytes(Name(layer, "bias"), ElementType.F32, [predictor.Groups], MemoryMarshal.AsBytes(predictor.Bias).ToArray());
        }
    }

    /// <summary>Reads the predictors that the section names.</summary>
    /// <exception cref="ModelFormatException">They are missing or damaged.</exception>
    public static void Read(string path, string provenance, JsonNode node, ActivationSparsity sparsity)
    {
        if (node is not JsonArray list || list.Count != sparsity.Layers) throw new ModelFormatException(provenance, $"{ActivationSparsityFile.Key}.{Key}", $"expected a list with an entry for each of {sparsity.Layers} blocks");
        if (!File.Exists(path)) throw new ModelFormatException(path, "", "is missing; pare.json says that predictors are there");
        using var file = SafetensorsFile.Open(path);
        for (var layer = 0; layer < sparsity.Layers; layer++)
        {
            if (list[layer] is not { } entry) continue;
            var (first, second, bias) = (Find(path, file, layer, "first", ElementType.F16, 2), Find(path, file, layer, "second", ElementType.F16, 2), Find(path, file, layer, "bias", ElementType.F32, 1));
            if (second.Columns != first.Rows || second.Rows != bias.Columns)
                throw new ModelFormatException(path, second.Name, $"has {second.Rows} rows of {second.Columns}, and {first.Rows} and {bias.Columns} belong there: the predictor is damaged");
            sparsity.SetPredictor(layer, new NeuronPredictor(All<Half>(first), All<Half>(second), All<float>(bias), checked((int)first.Rows))
            {
                Recall = Number(entry, "recall"),
                Precision = Number(entry, "precision"),
                Share = Number(entry, "share"),
            });
        }
    }

    private static string Name(int layer, string part) => $"layers.{layer}.predictor.{part}";

    private static StoredTensor Find(string path, SafetensorsFile file, int layer, string part, ElementType type, int axes)
    {
        var name = Name(layer, part);
        if (!file.Tensors.TryGetValue(name, out var tensor)) throw new ModelFormatException(path, name, "is missing");
        if (tensor.Type != type || tensor.Shape.Length != axes || tensor.ElementCount == 0) throw new ModelFormatException(path, name, $"is a {tensor.Type} tensor of shape [{string.Join(", ", tensor.Shape)}]; expected {type} with {axes} axes");
        return tensor;
    }

    private static T[] All<T>(StoredTensor tensor)
        where T : unmanaged
    {
        var values = new T[checked((int)tensor.ElementCount)];
        for (long row = 0; row < tensor.Rows; row++) MemoryMarshal.Cast<byte, T>(tensor.RowBytes(row)).CopyTo(values.AsSpan(checked((int)(row * tensor.Columns))));
        return values;
    }

    private static double? Number(JsonNode entry, string key) => entry is JsonObject item && item[key] is JsonValue value && value.TryGetValue(out double number) && number is >= 0 and <= 1 ? number : null;
}
