using System.Globalization;
using Pare.Formats;
using Pare.Models;

namespace Pare.Search;

/// <summary>Makes the dimensions of a space of sub-networks.</summary>
internal static class SubNetworkDimensions
{
    /// <summary>The dimensions, in the order of the space.</summary>
    /// <param name="config">The model.</param>
    /// <param name="options">What may be chosen.</param>
    /// <param name="ranking">Layers by rank, most important first.</param>
    public static List<SearchDimension> Of(ModelConfig config, SubNetworkSpaceOptions options, IReadOnlyList<int> ranking)
    {
        var dimensions = new List<SearchDimension>();
        AddOrdered(dimensions, "depth", options.Depths);
        AddOrdered(dimensions, "hidden", options.HiddenSizes);
        AddOrdered(dimensions, "head-size", options.HeadSizes);
        if (!options.IsPerLayer)
        {
            AddLayer(dimensions, options, "", config.Layers[0], null);
            return dimensions;
        }

        for (var rank = 0; rank < ranking.Count; rank++)
        {
            var layer = ranking[rank];
            var condition = Condition(options.Depths, rank);
            if (options.Depths.Count > 0 && condition is { MinimumIndex: var least } && least == options.Depths.Count) continue;
            AddLayer(dimensions, options, $".{layer}", config.Layers[layer], condition);
        }

        return dimensions;
    }

    private static void AddLayer(List<SearchDimension> dimensions, SubNetworkSpaceOptions options, string suffix, LayerConfig layer, DimensionCondition? condition)
    {
        if (layer.HasFfn) AddOrdered(dimensions, "ffn" + suffix, options.FfnSizes, condition);
        if (layer.HasAttention) AddOrdered(dimensions, "groups" + suffix, options.KeyValueHeads, condition);
        if (layer.HasAttention) AddOrdered(dimensions, "heads" + suffix, options.HeadsPerGroup, condition);
        if (options.Formats.Count > 0) dimensions.Add(SearchDimension.Categorical("format" + suffix, [.. options.Formats.Select(format => format.Name())]) with { Condition = condition });
        if (options.Patterns.Count > 0) dimensions.Add(SearchDimension.Categorical("pattern" + suffix, [.. options.Patterns]) with { Condition = condition });
        // The highest index keeps most.
        if (options.Thresholds.Count > 0) dimensions.Add(SearchDimension.Ordered("threshold" + suffix, [.. options.Thresholds.OrderDescending().Select(level => level.ToString(CultureInfo.InvariantCulture))]) with { Condition = condition });
    }

    private static void AddOrdered(List<SearchDimension> dimensions, string name, IReadOnlyList<int> values, DimensionCondition? condition = null)
    {
        if (values.Count > 0) dimensions.Add(SearchDimension.Ordered(name, values.Order()) with { Condition = condition });
    }

    // The layer of a rank is there from this depth on.
    private static DimensionCondition? Condition(IReadOnlyList<int> depths, int rank)
    {
        if (depths.Count == 0) return null;
        var least = depths.Order().TakeWhile(depth => depth <= rank).Count();
        return least == 0 ? null : new DimensionCondition("depth", least);
    }
}
