using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Models;

/// <summary>Predictors of neurons in the file beside the thresholds of channels: tensors layers.BLOCK.predictor.first, .second (F16) and .bias (F32); where all blocks share the first map, it is predictor.first (F16) and predictor.bias (F32).</summary>
internal static class PredictorTensors
{
    /// <summary>Key in the section of pare.json: a list with { "recall", "precision", "share" } a block, or null where the block has none.</summary>
    public const string Key = "predictors";

    /// <summary>Key in the section of pare.json: the width of what the predictors share; absent where they share nothing.</summary>
    public const string SharedKey = "sharedPredictor";

    private const string SharedFirst = "predictor.first";

    private const string SharedBias = "predictor.bias";

    /// <summary>The section's entry, or null where there are no predictors.</summary>
    public static JsonArray? ToJson(ActivationSparsity sparsity) => !sparsity.HasPredictors ? null : new JsonArray([.. Enumerable.Range(0, sparsity.Layers).Select(layer =>
        sparsity.Predictor(layer) is not { } predictor ? null : (JsonNode)new JsonObject { ["recall"] = predictor.Recall, ["precision"] = predictor.Precision, ["share"] = predictor.Share })]);

    /// <summary>The tensors to write.</summary>
    public static IEnumerable<OutgoingTensor> Tensors(ActivationSparsity sparsity)
    {
        if (sparsity.Shared is { } shared)
        {
            yield return OutgoingTensor.FromBytes(SharedFirst, ElementType.F16, [shared.Rank, shared.Inputs], MemoryMarshal.AsBytes(shared.First).ToArray());
            yield return OutgoingTensor.FromBytes(SharedBias, ElementType.F32, [shared.Rank], MemoryMarshal.AsBytes(shared.Bias).ToArray());
        }

        for (var layer = 0; layer < sparsity.Layers; layer++)
        {
            if (sparsity.Predictor(layer) is not { } predictor) continue;
            if (sparsity.Shared is null) yield return OutgoingTensor.FromBytes(Name(layer, "first"), ElementType.F16, [predictor.Rank, predictor.Inputs], MemoryMarshal.AsBytes(predictor.First).ToArray());
            yield return OutgoingTensor.FromBytes(Name(layer, "second"), ElementType.F16, [predictor.Groups, predictor.Rank], MemoryMarshal.AsBytes(predictor.Second).ToArray());
            yield return OutgoingTensor.FromBytes(Name(layer, "bias"), ElementType.F32, [predictor.Groups], MemoryMarshal.AsBytes(predictor.Bias).ToArray());
        }
    }

    /// <summary>Reads the predictors that the section names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="provenance">The file of the section.</param>
    /// <param name="node">The section's entry.</param>
    /// <param name="isShared">Whether the section says that they share their first map.</param>
    /// <param name="sparsity">Receives them.</param>
    /// <exception cref="ModelFormatException">They are missing or damaged.</exception>
    public static void Read(string path, string provenance, JsonNode node, bool isShared, ActivationSparsity sparsity)
    {
        if (node is not JsonArray list || list.Count != sparsity.Layers) throw new ModelFormatException(provenance, $"{ActivationSparsityFile.Key}.{Key}", $"expected a list with an entry for each of {sparsity.Layers} blocks");
        if (!File.Exists(path)) throw new ModelFormatException(path, "", "is missing; pare.json says that predictors are there");
        using var file = SafetensorsFile.Open(path);
        if (isShared)
        {
            var (map, bias) = (Find(path, file, SharedFirst, ElementType.F16, 2), Find(path, file, SharedBias, ElementType.F32, 1));
            if (map.Rows != bias.Columns) throw new ModelFormatException(path, SharedFirst, $"has {map.Rows} rows, and {bias.Columns} belong there: the predictor is damaged");
            sparsity.Shared = new SharedPredictor(All<Half>(map), All<float>(bias));
        }

        for (var layer = 0; layer < sparsity.Layers; layer++)
        {
            if (list[layer] is not { } entry) continue;
            var (second, bias) = (Find(path, file, Name(layer, "second"), ElementType.F16, 2), Find(path, file, Name(layer, "bias"), ElementType.F32, 1));
            var first = isShared ? null : Find(path, file, Name(layer, "first"), ElementType.F16, 2);
            var rank = first?.Rows ?? sparsity.Shared!.Rank;
            if (second.Columns != rank || second.Rows != bias.Columns)
                throw new ModelFormatException(path, second.Name, $"has {second.Rows} rows of {second.Columns}, and {rank} and {bias.Columns} belong there: the predictor is damaged");
            sparsity.SetPredictor(layer, new NeuronPredictor(first is null ? [] : All<Half>(first), All<Half>(second), All<float>(bias), checked((int)rank))
            {
                Recall = Number(entry, "recall"),
                Precision = Number(entry, "precision"),
                Share = Number(entry, "share"),
            });
        }
    }

    private static string Name(int layer, string part) => $"layers.{layer}.predictor.{part}";

    private static StoredTensor Find(string path, SafetensorsFile file, string name, ElementType type, int axes)
    {
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
