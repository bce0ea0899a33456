using System.Globalization;
using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>Reads a file of scaling factors and checks every set against the model.</summary>
internal static class ScalingFactors
{
    private static readonly Dictionary<string, ScalingKind> s_kinds = new()
    {
        ["attention_input"] = ScalingKind.AttentionInput,
        ["ffn_input"] = ScalingKind.FfnInput,
        ["neuron"] = ScalingKind.Neuron,
        ["value"] = ScalingKind.Value,
    };

    /// <summary>The sets in the order of the layers.</summary>
    /// <exception cref="RecipeException">A set does not belong to the model, or the model's structure does not let it cancel.</exception>
    public static IReadOnlyList<(int Layer, ScalingKind Kind, float[] Factors)> Read(string file, ModelGraph graph, string path)
    {
        using var tensors = SafetensorsFile.Open(file);
        var sets = new List<(int Layer, ScalingKind Kind, float[] Factors)>();
        foreach (var tensor in tensors.InOrder)
        {
            var parts = tensor.Name.Split('.');
            if (parts is not ["layers", var number, var name] || !s_kinds.TryGetValue(name, out var kind)
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var layer) || layer >= graph.Config.Layers.Count)
            {
                throw new RecipeException(path, $"{file}: '{tensor.Name}' names nothing in this model; expected layers.I.NAME with I below {graph.Config.Layers.Count} and NAME one of {string.Join(", ", s_kinds.Keys)}");
            }

            if (ScalingPlaces.Refusal(graph, layer, kind) is { } reason) throw new RecipeException(path, $"'{tensor.Name}' cannot be applied to layer {layer}: {reason}");
            var length = ScalingPlaces.Length(graph, layer, kind);
            if (tensor.ElementCount != length || tensor.Rows != 1 || !tensor.Type.IsWeightType() || tensor.Type.IsBlockFormat())
                throw new RecipeException(path, $"{file}: '{tensor.Name}' has shape [{string.Join(", ", tensor.Shape)}] of {tensor.Type}; expected {length} real numbers");
            var factors = new float[length];
            WeightCodec.Dequantize(tensor.Type, tensor.RowBytes(0), factors);
            var wrong = Array.FindIndex(factors, factor => !float.IsFinite(factor) || factor == 0);
            if (wrong >= 0) throw new RecipeException(path, $"{file}: '{tensor.Name}': factor {wrong} is {factors[wrong]}; factors must be finite and not 0");
            if (kind == ScalingKind.Neuron && !graph.Config.GatedFfn && Array.FindIndex(factors, factor => factor < 0) is >= 0 and var negative)
                throw new RecipeException(path, $"{file}: '{tensor.Name}': factor {negative} is negative, which does not pass through ReLU");
            sets.Add((layer, kind, factors));
        }

        return [.. sets.OrderBy(set => set.Layer).ThenBy(set => set.Kind)];
    }
}
