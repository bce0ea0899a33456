using System.Globalization;
using System.Text.Json.Nodes;
using Pare.Models;
using Pare.Training;

namespace Pare.Search;

/// <summary>Thresholds of a model's activations for some levels: of each block and site, and of the neurons for every width that a sub-network may have, the quantile of the sizes on a calibration text.</summary>
/// <remarks>Sizes are those in the whole model without thresholds. A narrower network has the first neurons by importance, and its thresholds are quantiles of theirs.</remarks>
public sealed class ThresholdTable
{
    private readonly Dictionary<(int Layer, ActivationSite Site, int Width, string Level), float> _values;

    internal ThresholdTable(ThresholdRule rule, Dictionary<(int Layer, ActivationSite Site, int Width, string Level), float> values) => (Rule, _values) = (rule, values);

    /// <summary>Which activations.</summary>
    public ThresholdRule Rule { get; }

    /// <summary>The sites of a rule that a block has.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="config">The model.</param>
    /// <param name="layer">Block.</param>
    /// <returns>The sites.</returns>
    public static IEnumerable<ActivationSite> Sites(ThresholdRule rule, ModelConfig config, int layer)
    {
        ArgumentNullException.ThrowIfNull(config);
        var sites = rule == ThresholdRule.Cats ? [ActivationSites.ActivationOutput(config)] : ActivationSites.LinearInputs;
        return sites.Where(site => site.Channels(config, layer) > 0);
    }

    /// <summary>The thresholds of a sub-network.</summary>
    /// <param name="config">The sub-network.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="level">Level of each of its blocks, as it is written in the space: nominal share of zeros.</param>
    /// <returns>The thresholds; null where all levels are 0.</returns>
    public ActivationSparsity? Of(ModelConfig config, SubNetwork shape, Func<int, string?> level)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(level);
        string[] levels = [.. Enumerable.Range(0, config.Layers.Count).Select(layer => level(layer) ?? "0")];
        var shares = levels.Select(Share).ToArray();
        if (shares.All(share => share == 0)) return null;
        var sparsity = new ActivationSparsity(Rule == ThresholdRule.Cats ? "cats" : "teal", Math.Round(shares.Average(), 4), 1, config.Layers.Count);
        for (var layer = 0; layer < levels.Length; layer++)
        {
            if (shares[layer] == 0) continue;
            foreach (var site in Sites(Rule, config, layer))
                sparsity[layer, site] = new SiteThreshold { Value = _values[(shape.Layers[layer].Source, site, WidthOf(site, config.Layers[layer].FfnSize), levels[layer])] };
        }

        return sparsity;
    }

    /// <summary>The table as JSON.</summary>
    /// <returns>An object: rule, and a list of [block, site, width, level, threshold].</returns>
    public JsonObject ToJson() => new()
    {
        ["rule"] = Rule.ToString(),
        ["thresholds"] = new JsonArray([.. _values.OrderBy(pair => pair.Key).Select(pair => (JsonNode)new JsonArray(pair.Key.Layer, pair.Key.Site.Name(), pair.Key.Width, pair.Key.Level, pair.Value))]),
    };

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The object.</param>
    /// <returns>The table.</returns>
    /// <exception cref="ArgumentException">It is damaged.</exception>
    public static ThresholdTable FromJson(JsonNode json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            var values = json["thresholds"]!.AsArray().ToDictionary(
                entry => ((int)entry![0]!, ActivationSites.Find((string)entry[1]!) ?? throw new FormatException($"there is no site '{entry[1]}'"), (int)entry[2]!, (string)entry[3]!), entry => (float)entry![4]!);
            return new ThresholdTable(Enum.Parse<ThresholdRule>((string)json["rule"]!), values);
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new ArgumentException($"the thresholds are damaged: {e.Message}", nameof(json), e);
        }
    }

    /// <summary>The width that a site's thresholds depend on; 0 for none.</summary>
    internal static int WidthOf(ActivationSite site, int ffnSize) => ActivationSparsity.IsOfNeurons(site) ? ffnSize : 0;

    /// <summary>The share that a level is.</summary>
    internal static double Share(string level) => double.Parse(level, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}
