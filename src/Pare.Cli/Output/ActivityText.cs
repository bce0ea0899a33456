using System.Text.Json.Nodes;
using Pare.Models;
using Pare.Reports;
using Pare.Runtime;

namespace Pare.Cli.Output;

/// <summary>The activation thresholds of a model.</summary>
internal static class ActivityText
{
    /// <summary>Rule, level and sites in a line.</summary>
    public static string Describe(ActivationSparsity sparsity) =>
        $"small activations are zero: {sparsity.Rule}{(sparsity.Level is { } level ? $" {Quantity.Percent(level)}" : "")} at {string.Join(", ", sparsity.Sites.Select(site => site.Name()))}"
        + (sparsity.Group > 1 ? $", neurons in groups of {sparsity.Group}" : "");

    /// <summary>The same for programs, with the thresholds of each block where there is one.</summary>
    public static JsonObject ToJson(ActivationSparsity sparsity)
    {
        var sites = new JsonObject();
        foreach (var site in sparsity.Sites)
            sites[site.Name()] = new JsonArray([.. Enumerable.Range(0, sparsity.Layers).Select(layer => (JsonNode?)(double?)sparsity[layer, site]?.Value)]);
        return new JsonObject { ["rule"] = sparsity.Rule, ["level"] = sparsity.Level, ["group"] = sparsity.Group, ["thresholds"] = sites };
    }

    /// <summary>What was fetched from disk, in a line.</summary>
    public static string Describe(FetchCounts fetches)
    {
        var needed = Math.Max(1, fetches.Hits + fetches.Foreseen + fetches.Misses);
        return $"neurons: {Quantity.Percent((double)fetches.Hits / needed, 0)} of the parts needed were in memory, {Quantity.Percent((double)fetches.Foreseen / needed, 0)} foreseen, {Quantity.Percent((double)fetches.Misses / needed, 0)} fetched on demand; "
            + $"{Quantity.Bytes(fetches.BytesRead)} read from disk, {Quantity.Bytes(fetches.CacheBytes)} of memory{(fetches.IsDirect ? "" : ", through the page cache")}";
    }

    /// <summary>The same for programs.</summary>
    public static JsonObject ToJson(FetchCounts fetches) => new()
    {
        ["hits"] = fetches.Hits,
        ["foreseen"] = fetches.Foreseen,
        ["misses"] = fetches.Misses,
        ["unneeded"] = fetches.Unneeded,
        ["bytesRead"] = fetches.BytesRead,
        ["cacheBytes"] = fetches.CacheBytes,
        ["isDirect"] = fetches.IsDirect,
    };
}
