using Pare.Calibration;
using Pare.Reports.Plots;

namespace Pare.Reports;

/// <summary>The page of an analysis of activations: natural sparsity, distributions, and similar patterns.</summary>
public static class ActivityPage
{
    // Lines of one plot that can be told apart.
    private const int MostLines = 6;

    /// <summary>Makes the page.</summary>
    /// <param name="result">The analysis.</param>
    /// <returns>The page.</returns>
    public static HtmlReport Create(ActivityResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var model = result.Protocol.Model;
        var report = new HtmlReport($"Activations of {Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Path))}", model.Path);
        AddDistributions(report, result);
        AddTokens(report, result);
        if (result.Patterns.Any(block => block.Changes.Count > 0)) AddInputs(report, result);
        AddBlocks(report, result);
        report.Section("How it was measured").Table(ProtocolTable.Of(result.Protocol));
        return report;
    }

    /// <summary>The sites as a table, one row a site, over all blocks.</summary>
    /// <param name="result">The analysis.</param>
    /// <returns>The table.</returns>
    public static ReportTable SiteTable(ActivityResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var table = new ReportTable("", new ReportColumn("site", IsNumeric: false), new ReportColumn("zeros"), new ReportColumn("fewest in a block"), new ReportColumn("most"),
            new ReportColumn("|x| < 0.1"), new ReportColumn("median |x|, first block"), new ReportColumn("last"), new ReportColumn("Σ x² in the smaller half"));
        foreach (var site in result.Distributions.GroupBy(distribution => distribution.Site))
        {
            var blocks = site.ToArray();
            double Mean(Func<SiteDistribution, double> value) => blocks.Sum(block => value(block) * block.Values) / blocks.Sum(block => block.Values);
            table.Add(site.Key, Quantity.Percent(Mean(block => block.Zeros)), Quantity.Percent(blocks.Min(block => block.Zeros)), Quantity.Percent(blocks.Max(block => block.Zeros)), Quantity.Percent(Mean(block => block.BelowTenth), 1),
                Quantity.Number(Median(blocks[0]), 3), Quantity.Number(Median(blocks[^1]), 3), Quantity.Percent(Mean(block => block.SmallHalfEnergy), 1));
        }

        return table;
    }

    /// <summary>Similarities as a table, one row a kind of pair: means over the blocks.</summary>
    /// <param name="result">The analysis.</param>
    /// <returns>The table.</returns>
    public static ReportTable SimilarityTable(ActivityResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var table = new ReportTable("", new ReportColumn("pairs", IsNumeric: false), new ReportColumn("Jaccard"), new ReportColumn("by chance"), new ReportColumn("overlap"), new ReportColumn("by chance"), new ReportColumn("equal states"), new ReportColumn("by chance"), new ReportColumn("Jaccard, least in a block"), new ReportColumn("most"));
        void Add(string name, Func<BlockPatterns, PatternSimilarity?> choose)
        {
            var found = result.Patterns.Select(choose).OfType<PatternSimilarity>().ToArray();
            if (found.Length == 0) return;
            table.Add([name, .. new Func<PatternSimilarity, double>[] { pair => pair.Jaccard, pair => pair.JaccardByChance, pair => pair.Overlap, pair => pair.OverlapByChance, pair => pair.Match, pair => pair.MatchByChance }.Select(value => Quantity.Fixed(found.Average(value), 3)),
                Quantity.Fixed(found.Min(pair => pair.Jaccard), 3), Quantity.Fixed(found.Max(pair => pair.Jaccard), 3)]);
        }

        foreach (var distance in result.Patterns.SelectMany(block => block.Distances).Select(pair => pair.Distance).Distinct().Order())
            Add(distance == 1 ? "neighbouring tokens" : $"tokens {distance} apart", block => block.Distances.FirstOrDefault(pair => pair.Distance == distance)?.Similarity);
        Add("tokens of different windows", block => block.Unrelated);
        Add("same token, same index in the block before", block => block.BlockBefore);
        foreach (var share in result.Patterns.SelectMany(block => block.Changes).Select(change => change.Share).Distinct().Order())
        {
            var percent = Quantity.Percent(share, 0) + " of the tokens changed: ";
            Add(percent + "first position", block => Change(block, share)?.First);
            Add(percent + "positions before the change", block => Change(block, share)?.Before);
            Add(percent + "unchanged tokens behind it", block => Change(block, share)?.Unchanged);
            Add(percent + "changed tokens", block => Change(block, share)?.Changed);
            Add(percent + "all positions", block => Change(block, share)?.All);
        }

        return table;
    }

    private static void AddDistributions(HtmlReport report, ActivityResult result)
    {
        var section = report.Section("Zeros and distributions").Text("Activations as the model has them without thresholds. Zeros are exact: the natural sparsity. The last column says how much of the sum of squares is lost where a site's smaller half is set to zero.").Table(SiteTable(result));
        var sites = result.Distributions.GroupBy(distribution => distribution.Site).ToArray();
        if (sites.Any(site => site.Any(block => block.Zeros > 0.005))) section.Plot(ByBlock("Zeros by block", "zeros (%)", sites, block => 100 * block.Zeros));
        section.Plot(ByBlock("Median size by block", "median of |x|", sites, Median, logarithmic: true));
        foreach (var site in sites.Where(site => site.Key == result.PatternSite || site.Key == "down-in"))
        {
            var plot = new XyPlot($"Distribution of |x| at {site.Key}", "Share of the activations below a size, of some blocks.", new PlotAxis("|x|") { Logarithmic = true }, new PlotAxis("share below (%)") { Minimum = 0, Maximum = 100 });
            foreach (var block in Chosen([.. site])) plot.Add(new PlotSeries($"block {block.Block}", [.. block.Curve.Select(point => point.Size)], [.. block.Curve.Select(point => 100 * point.Below)], PlotMarks.LineAndPoints));
            section.Plot(plot);
        }

        var table = new ReportTable("", [new ReportColumn("site", IsNumeric: false), new ReportColumn("block"), new ReportColumn("zeros"), new ReportColumn("below zero"), new ReportColumn("mean"), new ReportColumn("root mean square"),
            .. SiteDistribution.Levels.Select(level => new ReportColumn($"|x|: {Quantity.Percent(level, 0)} below")), new ReportColumn("largest"), new ReportColumn("|x| < 0.1")]);
        foreach (var block in result.Distributions.OrderBy(block => Array.FindIndex(sites, site => site.Key == block.Site)).ThenBy(block => block.Block))
            table.Add([block.Site, Quantity.Count(block.Block), Quantity.Percent(block.Zeros), Quantity.Percent(block.Negative), Quantity.Number(block.Mean, 3), Quantity.Number(block.RootMeanSquare, 3), .. block.Quantiles.Select(size => Quantity.Number(size, 3)), Quantity.Number(block.Largest, 3), Quantity.Percent(block.BelowTenth, 1)]);
        section.Folded("Every site of every block", table);
    }

    private static void AddTokens(HtmlReport report, ActivityResult result)
    {
        var section = report.Section("Patterns across tokens").Text(
            $"A neuron is active at a token where its activation at {result.PatternSite} is not zero and not below the size that {Quantity.Percent(result.Level, 0)} of the block's activations there are below. Patterns are compared by the Jaccard index, |A ∩ B| / |A ∪ B|; chance is what independent sets of the same sizes would have.");
        section.Table(SimilarityTable(result));
        var distances = new XyPlot("Tokens of one window, by their distance", "Jaccard index of some blocks.", new PlotAxis("tokens apart") { Logarithmic = true }, new PlotAxis("Jaccard index") { FromZero = true });
        foreach (var block in Chosen(result.Patterns))
            distances.Add(new PlotSeries($"block {block.Block}", [.. block.Distances.Select(pair => (double)pair.Distance)], [.. block.Distances.Select(pair => pair.Similarity.Jaccard)], PlotMarks.LineAndPoints));
        section.Plot(distances);
        section.Plot(Lines("By block", result, [("neighbouring tokens", block => block.Distances[0].Similarity.Jaccard), ("tokens of different windows", block => block.Unrelated?.Jaccard), ("by chance", block => block.Distances[0].Similarity.JaccardByChance)]));
        var table = new ReportTable("", new ReportColumn("block"), new ReportColumn("neurons"), new ReportColumn("threshold"), new ReportColumn("active at a token"), new ReportColumn("fewest"), new ReportColumn("most"), new ReportColumn("never active"), new ReportColumn("active at 9 of 10"));
        foreach (var block in result.Patterns)
            table.Add(Quantity.Count(block.Block), Quantity.Count(block.Neurons), Quantity.Number(block.Threshold, 3), Quantity.Percent(block.Active, 1), Quantity.Percent(block.LeastActive, 1), Quantity.Percent(block.MostActive, 1), Quantity.Percent(block.NeverActive, 1), Quantity.Percent(block.UsuallyActive, 1));
        section.Folded("Active neurons of each block", table);
    }

    private static void AddInputs(HtmlReport report, ActivityResult result)
    {
        var section = report.Section("Patterns across inputs").Text(
            "Some tokens of each window are replaced by random ones of the text, and each position's pattern is compared with the one it had. Positions before the first change cannot see it and are the same; figures over first tokens only, or over whole windows, hide what happens to the others.");
        section.Plot(Lines("Behind a change, by block", result, [.. result.Patterns[0].Changes.Select(change => ($"{Quantity.Percent(change.Share, 0)} changed", (Func<BlockPatterns, double?>)(block => Change(block, change.Share)?.Unchanged?.Jaccard)))]));
        section.Plot(Lines("Changed tokens, by block", result, [.. result.Patterns[0].Changes.Select(change => ($"{Quantity.Percent(change.Share, 0)} changed", (Func<BlockPatterns, double?>)(block => Change(block, change.Share)?.Changed?.Jaccard)))]));
    }

    private static void AddBlocks(HtmlReport report, ActivityResult result)
    {
        if (result.BlockCorrelations is not { } correlations) return;
        var section = report.Section("Patterns across blocks").Text(
            "Neurons of different blocks are different ones, so sets of indices say nothing (table above: what chance gives). What can be compared is which tokens are alike: over random pairs of tokens of different windows, the correlation of the pair's Jaccard index in one block with that in another. 1 means that two tokens with similar patterns here have similar ones there, 0 is chance.");
        var plot = new XyPlot("Correlation with another block", "", new PlotAxis("block") { WholeNumbers = true }, new PlotAxis("correlation"));
        double[] blocks = [.. result.Patterns.Select(block => (double)block.Block)];
        foreach (var place in Chosen([.. Enumerable.Range(0, blocks.Length)]))
            plot.Add(new PlotSeries($"with block {blocks[place]:0}", blocks, [.. correlations[place].Select(value => value ?? double.NaN)], PlotMarks.LineAndPoints));
        section.Plot(plot);
        var table = new ReportTable("", [new ReportColumn("block"), .. blocks.Select(block => new ReportColumn($"{block:0}"))]);
        for (var i = 0; i < blocks.Length; i++) table.Add([$"{blocks[i]:0}", .. correlations[i].Select(value => value is { } found ? Quantity.Fixed(found, 2) : null)]);
        section.Folded("All blocks", table);
    }

    private static double Median(SiteDistribution block) => block.Quantiles[2];

    private static ChangedPatterns? Change(BlockPatterns block, double share) => block.Changes.FirstOrDefault(change => change.Share == share);

    private static XyPlot ByBlock(string title, string axis, IGrouping<string, SiteDistribution>[] sites, Func<SiteDistribution, double> value, bool logarithmic = false)
    {
        var plot = new XyPlot(title, "", new PlotAxis("block") { WholeNumbers = true }, new PlotAxis(axis) { Logarithmic = logarithmic });
        foreach (var site in sites) plot.Add(new PlotSeries(site.Key, [.. site.Select(block => (double)block.Block)], [.. site.Select(value)], PlotMarks.LineAndPoints));
        return plot;
    }

    private static XyPlot Lines(string title, ActivityResult result, IReadOnlyList<(string Name, Func<BlockPatterns, double?> Value)> lines)
    {
        var plot = new XyPlot(title, "Jaccard index.", new PlotAxis("block") { WholeNumbers = true }, new PlotAxis("Jaccard index") { FromZero = true });
        foreach (var (name, value) in lines)
            if (result.Patterns.Any(block => value(block) is not null)) plot.Add(new PlotSeries(name, [.. result.Patterns.Select(block => (double)block.Block)], [.. result.Patterns.Select(block => value(block) ?? double.NaN)], PlotMarks.LineAndPoints));
        return plot;
    }

    // First, last, and some at equal distances between.
    private static IEnumerable<T> Chosen<T>(IReadOnlyList<T> all) =>
        all.Count <= MostLines ? all : Enumerable.Range(0, MostLines).Select(i => all[(int)Math.Round((double)i * (all.Count - 1) / (MostLines - 1))]);
}
