using System.Text.Json.Nodes;
using Pare.Models;
using Pare.Reports;

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
}
