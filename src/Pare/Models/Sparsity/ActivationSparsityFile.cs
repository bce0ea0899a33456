using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Models;

/// <summary>Activation thresholds in a model folder: a section of pare.json, and a file of their own where every channel has one.</summary>
internal static class ActivationSparsityFile
{
    /// <summary>Key of pare.json: { "rule", "level", "group", "sites": { NAME: { "thresholds": [a number a block or null] }, or { "kept": […] }, or { "perChannel": true } } }.</summary>
    public const string Key = "activationSparsity";

    /// <summary>Name of the file of the thresholds of channels: tensors layers.BLOCK.SITE, F32.</summary>
    public const string TensorsName = "activation-sparsity.safetensors";

    private const int LargestGroup = 1024;

    /// <summary>The section of pare.json.</summary>
    public static JsonObject ToJson(ActivationSparsity sparsity)
    {
        var sites = new JsonObject();
        foreach (var site in sparsity.Sites) sites[site.Name()] = ToJson(sparsity, site);
        var json = new JsonObject { ["rule"] = sparsity.Rule, ["level"] = sparsity.Level, ["group"] = sparsity.Group, ["sites"] = sites };
        if (PredictorTensors.ToJson(sparsity) is { } predictors) json[PredictorTensors.Key] = predictors;
        if (sparsity.Shared is { } shared) json[PredictorTensors.SharedKey] = shared.Rank;
        return json;
    }

    /// <summary>Writes the thresholds of channels and the predictors, where there are any.</summary>
    public static void WriteTensors(string folder, ActivationSparsity sparsity)
    {
        var tensors = new List<OutgoingTensor>(PredictorTensors.Tensors(sparsity));
        for (var layer = 0; layer < sparsity.Layers; layer++)
        {
            foreach (var site in sparsity.Sites)
            {
                if (sparsity[layer, site]?.PerChannel is not { } each) continue;
                tensors.Add(OutgoingTensor.FromBytes(TensorOf(layer, site), ElementType.F32, [each.Count], MemoryMarshal.AsBytes<float>(each.ToArray()).ToArray()));
            }
        }

        if (tensors.Count > 0) SafetensorsWriter.Write(Path.Combine(folder, TensorsName), tensors);
    }

    /// <summary>Reads the thresholds of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="provenance">Its pare.json.</param>
    /// <param name="config">The model, which they have to fit.</param>
    /// <returns>The thresholds, or null where the model has none.</returns>
    /// <exception cref="ModelFormatException">They are damaged, or belong to another model.</exception>
    public static ActivationSparsity? Read(string folder, JsonObject provenance, ModelConfig config)
    {
        if (provenance[Key] is not { } node) return null;
        var file = Path.Combine(folder, FolderModelFile.ProvenanceName);
        if (node is not JsonObject section || section["rule"] is not JsonValue name || !name.TryGetValue(out string? rule) || rule.Length == 0 || section["sites"] is not JsonObject sites)
            throw new ModelFormatException(file, Key, "expected { \"rule\": a name, \"sites\": { … } }");
        var group = section["group"] is null ? 1 : section["group"] is JsonValue count && count.TryGetValue(out int channels) && channels is >= 1 and <= LargestGroup
            ? channels : throw new ModelFormatException(file, Key, $"expected a group of 1 to {LargestGroup} channels");
        var level = section["level"] is null ? (double?)null : section["level"] is JsonValue share && share.TryGetValue(out double nominal) && nominal is >= 0 and < 1
            ? nominal : throw new ModelFormatException(file, Key, "expected a level of at least 0 and below 1");
        var sparsity = new ActivationSparsity(rule, level, group, config.Layers.Count);
        foreach (var (key, entry) in sites)
        {
            if (ActivationSites.Find(key) is not { } site)
                throw new ModelFormatException(file, $"{Key}.sites", $"there is no site '{key}'; known are {string.Join(", ", ActivationSites.All.Select(known => known.Name()))}");
            ReadSite(file, sparsity, site, entry, config);
        }

        if (sparsity.Sites.Any(site => sites[site.Name()]!["perChannel"] is not null)) ReadTensors(Path.Combine(folder, TensorsName), sparsity, config);
        if (section[PredictorTensors.Key] is { } predictors) PredictorTensors.Read(Path.Combine(folder, TensorsName), file, predictors, section[PredictorTensors.SharedKey] is not null, sparsity);
        return sparsity.FindMisfit(config) is { } problem ? throw new ModelFormatException(file, Key, problem) : sparsity;
    }

    private static string TensorOf(int layer, ActivationSite site) => $"layers.{layer}.{site.Name()}";

    private static JsonObject ToJson(ActivationSparsity sparsity, ActivationSite site)
    {
        var layers = Enumerable.Range(0, sparsity.Layers).Select(layer => sparsity[layer, site]).ToArray();
        if (layers.Any(threshold => threshold?.PerChannel is not null)) return new JsonObject { ["perChannel"] = true };
        if (layers.Any(threshold => threshold?.Kept is not null)) return new JsonObject { ["kept"] = new JsonArray([.. layers.Select(threshold => (JsonNode?)threshold?.Kept)]) };
        return new JsonObject { ["thresholds"] = new JsonArray([.. layers.Select(threshold => (JsonNode?)(double?)threshold?.Value)]) };
    }

    private static void ReadSite(string file, ActivationSparsity sparsity, ActivationSite site, JsonNode? entry, ModelConfig config)
    {
        var place = $"{Key}.sites.{site.Name()}";
        if (entry is not JsonObject { Count: 1 } rules) throw new ModelFormatException(file, place, "expected { \"thresholds\": […] }, { \"kept\": […] } or { \"perChannel\": true }");
        if (rules["perChannel"] is JsonValue flag && flag.TryGetValue(out bool each) && each)
        {
            // The tensors say which blocks have them; an empty list keeps the site's place until they are read.
            for (var layer = 0; layer < sparsity.Layers; layer++)
                if (site.Channels(config, layer) > 0) sparsity[layer, site] = new SiteThreshold { PerChannel = [] };
            return;
        }

        var kept = rules["kept"] is not null;
        if ((rules["thresholds"] ?? rules["kept"]) is not JsonArray numbers) throw new ModelFormatException(file, place, "expected a list with a number a block");
        if (numbers.Count != sparsity.Layers) throw new ModelFormatException(file, place, $"holds {numbers.Count} numbers, and the model has {sparsity.Layers} blocks: they belong to another model");
        for (var layer = 0; layer < sparsity.Layers; layer++)
        {
            if (numbers[layer] is not { } number) continue;
            if (number.GetValueKind() != JsonValueKind.Number || !number.AsValue().TryGetValue(out double value) || !(value >= 0) || value > (kept ? 1 : float.MaxValue))
                throw new ModelFormatException(file, $"{place}[{layer}]", kept ? "expected a share from 0 to 1" : "expected a number of at least 0");
            sparsity[layer, site] = kept ? new SiteThreshold { Kept = value } : new SiteThreshold { Value = (float)value };
        }
    }

    private static void ReadTensors(string path, ActivationSparsity sparsity, ModelConfig config)
    {
        if (!File.Exists(path)) throw new ModelFormatException(path, "", "is missing; pare.json says that thresholds of channels are there");
        using var file = SafetensorsFile.Open(path);
        for (var layer = 0; layer < sparsity.Layers; layer++)
        {
            foreach (var site in sparsity.Sites)
            {
                if (sparsity[layer, site]?.PerChannel is null) continue;
                var name = TensorOf(layer, site);
                if (!file.Tensors.TryGetValue(name, out var tensor)) throw new ModelFormatException(path, name, "is missing");
                var channels = site.Channels(config, layer);
                if (tensor.Type != ElementType.F32 || tensor.Shape.Length != 1 || tensor.Columns != channels)
                    throw new ModelFormatException(path, name, $"holds {tensor.Columns} {tensor.Type} numbers, and {site.Name()} of block {layer} has {channels} channels: the thresholds belong to another model");
                var values = MemoryMarshal.Cast<byte, float>(tensor.RowBytes(0)).ToArray();
                if (Array.FindIndex(values, value => !(value >= 0)) is >= 0 and var bad) throw new ModelFormatException(path, name, $"threshold {bad} is {values[bad]}; expected a number of at least 0");
                sparsity[layer, site] = new SiteThreshold { PerChannel = values };
            }
        }
    }
}
