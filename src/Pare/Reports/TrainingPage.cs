using Pare.Reports.Plots;
using Pare.Training;

namespace Pare.Reports;

/// <summary>The page of a training run: loss, validation, learning rate and gradient norm over the tokens.</summary>
public static class TrainingPage
{
    /// <summary>Makes the page.</summary>
    /// <param name="from">The model or configuration that the run started from.</param>
    /// <param name="output">The model that was written.</param>
    /// <param name="result">The run.</param>
    /// <returns>The page.</returns>
    public static HtmlReport Create(string from, string output, TrainingResult result)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(result);
        var page = new HtmlReport($"Training of {Path.GetFileName(Path.TrimEndingDirectorySeparator(output))}", $"{from} → {output}");
        var history = result.History.Where(step => step.Loss is not null).ToArray();
        var figures = new List<ReportFigure>
        {
            new("Steps", Quantity.Count(result.Steps), $"in {Quantity.Seconds(result.Seconds)}"),
            new("Tokens", Quantity.Number(result.Tokens, 4), $"{Quantity.Number(result.Tokens / Math.Max(result.Seconds, 1e-9), 3)} per second"),
            new("Last loss", history.Length == 0 ? "–" : Quantity.Fixed(history[^1].Loss!.Value, 4), "nats per token"),
        };
        if (result.ValidationLoss is { } loss) figures.Add(new ReportFigure("Validation perplexity", Quantity.Number(Math.Exp(loss), 5), $"loss {Quantity.Fixed(loss, 4)}"));
        var section = page.Section("Loss").Figures([.. figures]);
        var plot = new XyPlot("Loss over the tokens", "Training loss of each step (a running mean over a fiftieth of the run), and the validation loss over the same windows every time; the perplexity above is over all of them.", new PlotAxis("tokens"), new PlotAxis("loss (nats per token)"));
        double[] tokens = [.. history.Select(step => (double)step.Tokens)];
        plot.Add(new PlotSeries("training", tokens, RunningMean(history, Math.Max(1, history.Length / 50))));
        var measured = history.Where(step => step.ValidationLoss is not null).ToArray();
        if (measured.Length > 0)
            plot.Add(new PlotSeries("validation", [.. measured.Select(step => (double)step.Tokens)], [.. measured.Select(step => step.ValidationLoss!.Value)], PlotMarks.LineAndPoints));
        section.Plot(plot);
        page.Section("The way")
            .Plot(new XyPlot("Learning rate", "", new PlotAxis("tokens"), new PlotAxis("learning rate") { FromZero = true }).Add(new PlotSeries("rate", tokens, [.. history.Select(step => step.LearningRate)])))
            .Plot(new XyPlot("Norm of the gradient", "Before clipping.", new PlotAxis("tokens"), new PlotAxis("norm") { Logarithmic = true })
                .Add(new PlotSeries("norm", tokens, [.. history.Select(step => Math.Max(step.GradientNorm ?? 0, 1e-9))])));
        return page;
    }

    private static double[] RunningMean(TrainingStep[] history, int width)
    {
        var result = new double[history.Length];
        var sum = 0.0;
        for (var i = 0; i < result.Length; i++)
        {
            sum += history[i].Loss!.Value;
            if (i >= width) sum -= history[i - width].Loss!.Value;
            result[i] = sum / Math.Min(i + 1, width);
        }

        return result;
    }
}
