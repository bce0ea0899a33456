using System.Globalization;
using Pare.Formats;
using Pare.Models;
using Pare.Training;

namespace Pare.Search;

/// <summary>The sub-networks of a model as a search space.</summary>
/// <remarks>
/// Dimensions: <c>depth</c>, <c>hidden</c>, <c>head-size</c>, and <c>ffn</c>, <c>groups</c>, <c>heads</c>, <c>format</c> for all layers or, as <c>ffn.3</c>, for one. A sub-network of depth d has the d layers that rank first;
/// what is chosen of a layer matters only where the layer is there.
/// </remarks>
public sealed class SubNetworkSpace
{
    private readonly ModelConfig _config;
    private readonly IReadOnlyList<int> _ranking;
    private readonly Dictionary<string, int> _indices;

    /// <summary>Makes the space.</summary>
    /// <param name="config">The model.</param>
    /// <param name="options">What may be chosen.</param>
    /// <param name="ranking">Layers by rank, most important first (<see cref="ImportanceOrder.Layers"/>).</param>
    /// <exception cref="ArgumentException">Nothing may be chosen, or a value that the model does not admit; the message says which.</exception>
    public SubNetworkSpace(ModelConfig config, SubNetworkSpaceOptions options, IReadOnlyList<int> ranking)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(ranking);
        (_config, _ranking) = (config, ranking);
        var dimensions = new List<SearchDimension>();
        Add("depth", options.Depths);
        Add("hidden", options.HiddenSizes);
        Add("head-size", options.HeadSizes);
        if (options.IsPerLayer)
        {
            for (var rank = 0; rank < ranking.Count; rank++)
            {
                var layer = ranking[rank];
                var condition = Condition(options.Depths, rank);
                if (options.Depths.Count > 0 && condition is { MinimumIndex: var least } && least == options.Depths.Count) continue;
                AddLayer($".{layer}", config.Layers[layer], condition);
            }
        }
        else
        {
            AddLayer("", config.Layers[0], null);
        }

        if (dimensions.Count == 0) throw new ArgumentException("the space is empty; give at least one of depths, widths, heads or formats to choose from");
        Space = new SearchSpace(dimensions);
        _indices = dimensions.Index().ToDictionary(pair => pair.Item.Name, pair => pair.Index);
        CheckValues();

        void Add(string name, IReadOnlyList<int> values, DimensionCondition? condition = null)
        {
            if (values.Count > 0) dimensions.Add(SearchDimension.Ordered(name, values.Order()) with { Condition = condition });
        }

        void AddLayer(string suffix, LayerConfig layer, DimensionCondition? condition)
        {
            if (layer.HasFfn) Add("ffn" + suffix, options.FfnSizes, condition);
            if (layer.HasAttention) Add("groups" + suffix, options.KeyValueHeads, condition);
            if (layer.HasAttention) Add("heads" + suffix, options.HeadsPerGroup, condition);
            if (options.Formats.Count > 0) dimensions.Add(SearchDimension.Categorical("format" + suffix, [.. options.Formats.Select(format => format.Name())]) with { Condition = condition });
        }
    }

    private SubNetworkSpace(ModelConfig config, SearchSpace space, IReadOnlyList<int> ranking)
    {
        (_config, _ranking, Space) = (config, ranking, space);
        _indices = space.Dimensions.Index().ToDictionary(pair => pair.Item.Name, pair => pair.Index);
    }

    /// <summary>The space.</summary>
    public SearchSpace Space { get; }

    /// <summary>A space that was made before, as a study keeps it.</summary>
    /// <param name="config">The model.</param>
    /// <param name="space">The space.</param>
    /// <param name="ranking">Layers by rank, most important first.</param>
    /// <returns>The same space.</returns>
    public static SubNetworkSpace Of(ModelConfig config, SearchSpace space, IReadOnlyList<int> ranking)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(ranking);
        return new SubNetworkSpace(config, space, ranking);
    }

    /// <summary>The candidate that keeps most of everything, in the first format: the whole model where the space contains it.</summary>
    public Candidate Largest => Space.Create([.. Space.Dimensions.Select(dimension => dimension.Type == DimensionType.Ordered ? dimension.High : dimension.Low)]);

    /// <summary>The candidate that keeps least of everything, in the last format.</summary>
    public Candidate Smallest => Space.Create([.. Space.Dimensions.Select(dimension => dimension.Type == DimensionType.Ordered ? dimension.Low : dimension.High)]);

    /// <summary>The shape that a candidate means.</summary>
    /// <param name="candidate">A candidate of <see cref="Space"/>.</param>
    /// <returns>The shape.</returns>
    public SubNetwork ToSubNetwork(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var depth = Number(candidate, "depth") ?? _config.Layers.Count;
        var whole = SubNetwork.Whole(_config);
        return new SubNetwork
        {
            HiddenSize = Number(candidate, "hidden") ?? _config.HiddenSize,
            Layers = [.. _ranking.Take(depth).Order().Select(layer => Cut(candidate, whole.Layers[layer]))],
        };
    }

    /// <summary>The format that a candidate gives a parameter.</summary>
    /// <param name="candidate">A candidate of <see cref="Space"/>.</param>
    /// <returns>Format of a parameter of the sub-network; null where it keeps its own.</returns>
    public Func<ParameterId, ElementType?> Formats(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var layers = ToSubNetwork(candidate).Layers;
        return id => id.Layer >= 0 && id.Role.IsSite() && !id.IsBias && Value(candidate, "format", layers[id.Layer].Source) is { } name ? ElementTypes.Parse(name) : null;
    }

    private SubNetworkLayer Cut(Candidate candidate, SubNetworkLayer layer) => layer with
    {
        KeyValueHeads = layer.KeyValueHeads == 0 ? 0 : Number(candidate, "groups", layer.Source) ?? layer.KeyValueHeads,
        HeadsPerGroup = Number(candidate, "heads", layer.Source) ?? layer.HeadsPerGroup,
        HeadSize = Number(candidate, "head-size") ?? layer.HeadSize,
        FfnSize = layer.FfnSize == 0 ? 0 : Number(candidate, "ffn", layer.Source) ?? layer.FfnSize,
    };

    // Every value of every dimension once, so that a search does not find out in its middle.
    private void CheckValues()
    {
        var largest = Largest;
        for (var i = 0; i < Space.Dimensions.Count; i++)
        {
            for (var value = 0; value < Space.Dimensions[i].Values.Count; value++)
            {
                double[] genes = [.. largest.Genes];
                genes[i] = value;
                try
                {
                    ToSubNetwork(Space.Create(genes)).ToConfig(_config);
                }
                catch (ArgumentException e)
                {
                    throw new ArgumentException($"the model does not admit {Space.Dimensions[i].Name} = {Space.Dimensions[i].Values[value]}: {e.Message}", e);
                }
            }
        }
    }

    private int? Number(Candidate candidate, string name, int layer = -1) => Value(candidate, name, layer) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private string? Value(Candidate candidate, string name, int layer)
    {
        if (_indices.TryGetValue(name, out var shared)) return Space.ValueAt(candidate, shared);
        return layer >= 0 && _indices.TryGetValue($"{name}.{layer}", out var own) ? Space.ValueAt(candidate, own) : null;
    }

    // The layer of a rank is there from this depth on.
    private static DimensionCondition? Condition(IReadOnlyList<int> depths, int rank)
    {
        if (depths.Count == 0) return null;
        var least = depths.Order().TakeWhile(depth => depth <= rank).Count();
        return least == 0 ? null : new DimensionCondition("depth", least);
    }
}
