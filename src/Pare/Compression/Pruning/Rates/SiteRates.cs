using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Rates of single sites, found in a survey of the model before any block is changed. Their mean over the weights is the rate asked for.</summary>
internal abstract class SiteRates(double rate, double spread)
{
    private Dictionary<string, double>? _rates;

    /// <summary>What has to be known of the inputs.</summary>
    public abstract StatisticsKinds Needs { get; }

    /// <summary>The mean rate.</summary>
    protected double Rate => rate;

    /// <summary>How far a rate may lie from it.</summary>
    protected double Spread => spread;

    /// <summary>For an allocation; null for the uniform one.</summary>
    public static SiteRates? For(PruningOptions options) => options.Rates switch
    {
        RateAllocation.Owl => new OwlRates(options.Target.Rate, options.Spread),
        RateAllocation.Sensitivity => new SensitivityRates(options.Target.Rate, options.Spread),
        _ => null,
    };

    /// <summary>Takes a site into account.</summary>
    /// <param name="site">The site.</param>
    /// <param name="weights">[rows, columns].</param>
    /// <param name="statistics">Of its input.</param>
    /// <param name="pool">The threads.</param>
    public abstract void Add(LinearSite site, float[] weights, InputStatistics statistics, ComputePool pool);

    /// <summary>What a site loses.</summary>
    public SparsityTarget Of(LinearSite site) => SparsityTarget.Unstructured(Rates()[site.Name]);

    /// <summary>The rates by the names of the sites.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach (var (name, value) in Rates()) json[name] = value;
        return json;
    }

    /// <summary>Takes up rates that were found before.</summary>
    public void Restore(JsonObject found) => _rates = found.ToDictionary(entry => entry.Key, entry => entry.Value!.GetValue<double>());

    /// <summary>The rate of each site, before it is kept from 0 and 1.</summary>
    protected abstract IEnumerable<(string Site, double Rate)> Allocate();

    private Dictionary<string, double> Rates() => _rates ??= Allocate().ToDictionary(entry => entry.Site, entry => Math.Clamp(entry.Rate, 0, 0.999));
}
