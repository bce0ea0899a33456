using System.Text.Json;

namespace Pare.Formats;

/// <summary>The index of sharded weights: which file beside it holds which tensor.</summary>
internal static class SafetensorsIndex
{
    /// <summary>Name of the index in a model folder.</summary>
    public const string FileName = "model.safetensors.index.json";

    /// <summary>Most shards that a model may have.</summary>
    public const int MaxShards = 4096;

    /// <summary>Reads an index.</summary>
    /// <param name="path">The index file.</param>
    /// <returns>File name of the shard, by tensor name.</returns>
    /// <exception cref="ModelFormatException">The file is no index, or names a shard outside its folder.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        using var document = BoundedJson.Open(path);
        return Read(path, document.RootElement);
    }

    /// <summary>Reads an index that is parsed already.</summary>
    /// <param name="path">Path for messages.</param>
    /// <param name="root">The document.</param>
    /// <returns>As for <see cref="Read(string)"/>.</returns>
    /// <exception cref="ModelFormatException">As for <see cref="Read(string)"/>.</exception>
    public static Dictionary<string, string> Read(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new ModelFormatException(path, "weight_map", "an object that names the file of every tensor was expected");
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in map.EnumerateObject())
        {
            var shard = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
            if (!IsFileName(shard))
                throw new ModelFormatException(path, $"weight_map '{TensorExtent.Short(entry.Name)}'", $"the name of a file in the same folder was expected, '{TensorExtent.Short(shard)}' was found");
            if (!shards.TryAdd(entry.Name, shard))
                throw new ModelFormatException(path, $"weight_map '{TensorExtent.Short(entry.Name)}'", "the tensor is named twice");
            if (names.Add(shard) && names.Count > MaxShards)
                throw new ModelFormatException(path, "weight_map", $"more than {MaxShards} files are named");
        }

        if (shards.Count == 0) throw new ModelFormatException(path, "weight_map", "it names no tensor");
        return shards;
    }

    private static bool IsFileName(string name) =>
        name.Length is > 0 and <= 255 && name is not ("." or "..") && name.AsSpan().IndexOfAny("/\\:\0") < 0;
}
