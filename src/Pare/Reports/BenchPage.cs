using Pare.Evaluation.Speed;
using Pare.Reports.Plots;

namespace Pare.Reports;

/// <summary>The page of a speed measurement.</summary>
public static class BenchPage
{
    /// <summary>Makes the page.</summary>
    /// <param name="result">The measurement.</param>
    /// <returns>The page.</returns>
    public static HtmlReport Create(BenchResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var model = result.Protocol.Model;
        var report = new HtmlReport($"Speed of {Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Path))}", model.Path);
        var figures = new List<ReportFigure>
        {
            new("Decode", Quantity.Number(result.DecodeTokensPerSecond, 4) + " tokens/s", $"{Quantity.Count(result.GeneratedTokens)} tokens; {Range(result.Decode)}"),
            new("Prefill", Quantity.Number(result.PrefillTokensPerSecond, 4) + " tokens/s", $"{Quantity.Count(result.PromptTokens)} tokens; {Range(result.Prefill)}"),
            new("Load", Quantity.Seconds(result.LoadSeconds)),
            new("Weights read while decoding", Quantity.Number(result.DecodeGigabytesPerSecond, 3) + " GB/s",
                result.ReadBandwidthGigabytesPerSecond is { } bandwidth ? $"{Quantity.Percent(result.DecodeGigabytesPerSecond / bandwidth, 0)} of the {Quantity.Number(bandwidth, 3)} GB/s that memory gives" : ""),
            new("Prefill arithmetic", Quantity.Number(result.PrefillGigaflopsPerSecond, 3) + " GFLOP/s"),
        };
        if (result.PeakResidentBytes is { } peak) figures.Add(new ReportFigure("Peak memory", Quantity.Bytes(peak), $"model {Quantity.Bytes(model.WeightBytes)}"));
        var section = report.Section("Speed").Figures(figures);
        section.Plot(Samples("Decode speed of each repetition", result.Decode));
        section.Plot(Samples("Prefill speed of each repetition", result.Prefill));
        report.Section("How it was measured").Text("Medians of the repetitions, after one that is not counted. The prompt is random tokens; the generated tokens are the most likely ones.").Table(ProtocolTable.Of(result.Protocol));
        return report;
    }

    private static string Range(RateSample sample) => $"{Quantity.Number(sample.Lowest, 3)} to {Quantity.Number(sample.Highest, 3)}";

    private static XyPlot Samples(string title, RateSample sample) =>
        new XyPlot(title, $"median {Quantity.Number(sample.Median, 4)} tokens/s", new PlotAxis("repetition") { WholeNumbers = true }, new PlotAxis("tokens/s") { FromZero = true })
            .Add(new PlotSeries("repetition", [.. Enumerable.Range(1, sample.Samples.Count).Select(i => (double)i)], sample.Samples, PlotMarks.LineAndPoints))
            .Add(new PlotReference($"median {Quantity.Number(sample.Median, 4)}", sample.Median));
}
