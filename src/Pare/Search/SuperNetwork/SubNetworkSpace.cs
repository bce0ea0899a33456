using System.Globalization;
using Pare.Compression;
using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Training;

namespace Pare.Search;

/// <summary>The sub-networks of a model as a search space.</summary>
/// <remarks>
/// Dimensions: <c>depth</c>, <c>hidden</c>, <c>head-size</c>, and <c>ffn</c>, <c>groups</c>, <c>heads</c>, <c>format</c>, <c>pattern</c>, <c>threshold</c> for all layers or, as <c>ffn.3</c>, for one. A sub-network of depth d has the d layers that rank first;
/// what is chosen of a layer matters only where the layer is there.
/// </remarks>
public sealed class SubNetworkSpace
{
    /// <summary>The pattern that keeps all weights.</summary>
    public const string Dense = "dense";

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
        var dimensions = SubNetworkDimensions.Of(config, options, ranking);
        if (dimensions.Count == 0) throw new ArgumentException("the space is empty; give at least one of depths, widths, heads, formats, patterns or thresholds to choose from");
        Space = new SearchSpace(dimensions);
        _indices = dimensions.Index().ToDictionary(pair => pair.Item.Name, pair => pair.Index);
        CheckValues();
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

    /// <summary>The pattern that a candidate gives a layer.</summary>
    /// <param name="candidate">A candidate of <see cref="Space"/>.</param>
    /// <returns>N and M of a layer of the sub-network; null where it is dense.</returns>
    public Func<int, (int Kept, int Block)?> Patterns(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var layers = ToSubNetwork(candidate).Layers;
        return layer => Value(candidate, "pattern", layers[layer].Source) is { } text ? Pattern(text) : null;
    }

    /// <summary>The level of its activation thresholds that a candidate gives a layer.</summary>
    /// <param name="candidate">A candidate of <see cref="Space"/>.</param>
    /// <returns>Level of a layer of the sub-network, as the space writes it; null where there are no thresholds.</returns>
    public Func<int, string?> ThresholdLevels(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var layers = ToSubNetwork(candidate).Layers;
        return layer => Value(candidate, "threshold", layers[layer].Source);
    }

    /// <summary>Names of a candidate's blocks: two blocks of one name, behind blocks of the same names, compute the same.</summary>
    /// <param name="candidate">A candidate of <see cref="Space"/>.</param>
    /// <returns>A name for each layer of the sub-network.</returns>
    internal IReadOnlyList<string> Blocks(Candidate candidate)
    {
        var shape = ToSubNetwork(candidate);
        return [.. shape.Layers.Select(layer => $"{shape.HiddenSize} {layer} {Value(candidate, "format", layer.Source)} {Value(candidate, "pattern", layer.Source)} {Value(candidate, "threshold", layer.Source)}")];
    }

    /// <summary>The values that dimensions of a kind may have: <c>pattern</c>, <c>threshold</c>, <c>ffn</c> and so on.</summary>
    /// <param name="kind">Name without a layer.</param>
    /// <returns>Values; empty where there is no such dimension.</returns>
    public IReadOnlyList<string> ValuesOf(string kind) => [.. Space.Dimensions.Where(dimension => dimension.Name.Split('.')[0] == kind).SelectMany(dimension => dimension.Values).Distinct()];

    private static (int Kept, int Block)? Pattern(string text) =>
        text == Dense ? null : PatternText.TryParse(text, out var kept, out var block) && PatternText.IsPossible(kept, block) ? (kept, block)
            : throw new ArgumentException($"the pattern {text} is neither {Dense} nor N:M with M from 2 to {SparseFormat.LargestBlock} and N from 1 to M, such as 2:4");

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
        int[] blocks = [.. ValuesOf("pattern").Select(Pattern).OfType<(int Kept, int Block)>().Select(pattern => pattern.Block).Distinct()];
        foreach (var level in ValuesOf("threshold").Where(level => !(ThresholdTable.Share(level) is >= 0 and < 1))) throw new ArgumentException($"a threshold level of {level} is no share of at least 0 and below 1");
        for (var i = 0; i < Space.Dimensions.Count; i++)
        {
            for (var value = 0; value < Space.Dimensions[i].Values.Count; value++)
            {
                double[] genes = [.. largest.Genes];
                genes[i] = value;
                try
                {
                    var config = ToSubNetwork(Space.Create(genes)).ToConfig(_config);
                    foreach (var block in blocks)
                        if (new ModelGraph(config).Sites.FirstOrDefault(site => site.Columns % block != 0) is { } odd) throw new ArgumentException($"blocks of {block} inputs do not divide the {odd.Columns} columns of {odd.Name}; leave out that value, or patterns of {block}");
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
}
