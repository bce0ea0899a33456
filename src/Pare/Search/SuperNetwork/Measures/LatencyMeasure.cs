using System.Globalization;
using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.Training;

namespace Pare.Search;

/// <summary>Milliseconds to decode a token behind 128 others: the sum of the times of all blocks' attention and networks and of the head, by a table.</summary>
public sealed class LatencyMeasure : ICandidateMeasure
{
    /// <summary>Tokens behind which a token is decoded.</summary>
    public const int Context = DecodeTimer.Context;

    private readonly LatencyTable _table;
    private readonly DecodeTimer _timer;

    /// <summary>Prepares measurements.</summary>
    /// <param name="whole">The whole model.</param>
    /// <param name="table">The times that are known.</param>
    /// <param name="threads">Threads that decode together; 0 takes one per processor.</param>
    public LatencyMeasure(Model whole, LatencyTable table, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(table);
        (_table, _timer) = (table, new DecodeTimer(whole.WeightBytes, whole.Config.Layers.Count, threads));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics { get; } = [SearchMetrics.Latency];

    /// <inheritdoc/>
    public void Measure(CandidateModel candidate, IDictionary<string, double> values, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(values);
        var layout = candidate.Layout;
        var (config, sum) = (layout.Config, 0.0);
        for (var i = 0; i < config.Layers.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (layer, index) = (config.Layers[i], i);
            ElementType Type(ParameterRole role) => layout.TypeOf(new ParameterId(role, index));
            var (sites, zeros) = (Sites(candidate.Treatment, index), candidate.Treatment.Zeros(index));
            if (layer.HasAttention)
            {
                ActivationSite[] own = [.. sites.Where(site => site is ActivationSite.AttentionInput or ActivationSite.AttentionValues)];
                var name = $"attention of {layer.Heads}/{layer.KeyValueHeads} heads of {layer.HeadSize}, {Formats(ParameterRole.Query, ParameterRole.Key, ParameterRole.Value, ParameterRole.Output)}";
                sum += _table.Get(Part(name + Zeros(own, zeros)), () => _timer.Block(config, layer with { FfnSize = 0 }, Type, own, zeros));
            }

            if (layer.HasFfn)
            {
                ActivationSite[] own = [.. sites.Where(site => site is not (ActivationSite.AttentionInput or ActivationSite.AttentionValues))];
                var name = $"network of {layer.FfnSize}, {(config.GatedFfn ? Formats(ParameterRole.Gate, ParameterRole.Up, ParameterRole.Down) : Formats(ParameterRole.Up, ParameterRole.Down))}";
                sum += _table.Get(Part(name + Zeros(own, zeros)), () => _timer.Block(config, layer with { Heads = 0, KeyValueHeads = 0 }, Type, own, zeros));
            }

            string Formats(params ReadOnlySpan<ParameterRole> roles)
            {
                var names = new List<string>();
                foreach (var role in roles) names.Add(Type(role).Name());
                return names.Distinct().Count() == 1 ? names[0] : string.Join('/', names);
            }
        }

        ElementType HeadType(ParameterRole role) => layout.TypeOf(new ParameterId(role));
        var table = HeadType(config.TieWordEmbeddings ? ParameterRole.TokenEmbedding : ParameterRole.Head).Name();
        values[SearchMetrics.Latency] = sum + _table.Get(Part($"head of {config.VocabularySize}, {table}"), () => _timer.Head(config, HeadType));

        string Part(string name) => $"{name}, {config.HiddenSize} channels";
    }

    private static IEnumerable<ActivationSite> Sites(SubNetworkTreatment treatment, int layer) =>
        treatment.Thresholds is not { } thresholds ? [] : ActivationSites.All.Where(site => thresholds[layer, site] is not null);

    private static string Zeros(ActivationSite[] sites, double zeros) =>
        sites.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {zeros} zeros of {string.Join('/', sites.Select(site => site.Name()))}");

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
