using Pare.Evaluation;
using Pare.Formats;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Benchmarks.Evaluation;

/// <summary>Every token of the recorded window of 2048: losses and argmax.</summary>
internal static class WindowCheck
{
    public static void Run(InferenceEngine engine, CheckReport report)
    {
        var path = SharedFiles.Path("reference", "wikitext2-window0.safetensors");
        using var file = SafetensorsFile.Open(path);
        var windows = TokenWindows.FromFile(path);
        var recorded = new float[windows.Window - 1];
        WeightCodec.Dequantize(ElementType.F32, file.Tensors["negative_log_likelihood"].RowBytes(0), recorded);
        var best = TokenTensor.Read(path, file.Tensors["argmax"], windows.Window);
        using var scorer = new TokenScorer(engine, windows.Window);
        var losses = new double[recorded.Length];
        var argmax = new int[windows.Window];
        scorer.Score(windows[0], losses, argmax);
        double[] differences = [.. losses.Zip(recorded, (own, other) => Math.Abs(own - other))];
        var others = argmax.Zip(best).Count(pair => pair.First != pair.Second);
        report.Table("First window of WikiText-2, token by token", "figure", "value", "tolerance", "");
        report.Row("largest difference of a loss", $"{differences.Max():e2}", "2e-3", report.Verdict(differences.Max() < 2e-3));
        report.Row("mean difference of a loss", $"{differences.Average():e2}", "1e-4", report.Verdict(differences.Average() < 1e-4));
        report.Row("positions with another most likely token", $"{others} of {argmax.Length}", "ties only", report.Verdict(others <= 2));
    }
}
