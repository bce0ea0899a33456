using Pare.Models;

namespace Pare.Compression;

/// <summary>Neurons of a block, or its key-value heads with their query heads, that can be cut out of the model: rows of the sites that write them, columns of the site that reads them.</summary>
/// <param name="Dimension">The dimension.</param>
/// <param name="Reader">The site that reads the units: down, or the attention's output projection.</param>
/// <param name="ReaderWidth">Columns of a unit there.</param>
/// <param name="Writers">The sites that write the units, with the rows of a unit there.</param>
internal sealed record CoupledDimension(TiedDimension Dimension, LinearSite Reader, int ReaderWidth, IReadOnlyList<(LinearSite Site, int Width)> Writers)
{
    /// <summary>Weights that go with a unit, biases not counted.</summary>
    public long WeightsPerUnit => (long)ReaderWidth * Reader.Rows + Writers.Sum(writer => (long)writer.Width * writer.Site.Columns);

    /// <summary>The dimensions of which every site is among those that may be pruned.</summary>
    /// <remarks>
    /// Heads stay where the family's configuration says their size only through their number, or where a norm runs over all of them: there a head of zeros is not the same as none.
    /// </remarks>
    public static IReadOnlyList<CoupledDimension> Of(ModelGraph graph, IReadOnlyList<LinearSite> sites)
    {
        var known = sites.ToDictionary(site => site.Weight);
        var result = new List<CoupledDimension>();
        foreach (var dimension in graph.TiedDimensions)
        {
            if (dimension.Kind == DimensionKind.Hidden) continue;
            if (dimension.Kind == DimensionKind.KeyValueGroup && graph.Config.Architecture.Keys.HeadSize is null) continue;
            var axes = dimension.Axes.Where(axis => !axis.Parameter.IsBias).ToList();
            if (!axes.All(axis => known.ContainsKey(axis.Parameter))) continue;
            var reader = axes.Single(axis => !axis.AlongRows);
            result.Add(new CoupledDimension(dimension, known[reader.Parameter], reader.Width,
                [.. axes.Where(axis => axis.AlongRows).Select(axis => (known[axis.Parameter], axis.Width))]));
        }

        return result;
    }

    /// <summary>The units that the reader still reads.</summary>
    /// <param name="weights">[rows · columns] of the reader.</param>
    public int[] Kept(ReadOnlySpan<float> weights)
    {
        var kept = new bool[Dimension.Units];
        for (var i = 0; i < weights.Length; i++)
            if (weights[i] != 0) kept[i % Reader.Columns / ReaderWidth] = true;
        return [.. Enumerable.Range(0, kept.Length).Where(unit => kept[unit])];
    }
}
