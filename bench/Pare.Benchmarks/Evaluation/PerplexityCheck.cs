using System.Text.Json;
using Pare.Evaluation;
using Pare.Models;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Benchmarks.Evaluation;

/// <summary>The recorded perplexities, window by window.</summary>
internal static class PerplexityCheck
{
    public static void Run(Model model, InferenceEngine engine, CheckReport report, string state, string? only)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Path("reference", "perplexity.json")));
        report.Table("Perplexity", "text and window", "windows", "recorded", "Pare", "difference", "largest difference of a window's mean", "tokens/s", "tolerance 0.1 %");
        foreach (var entry in json.RootElement.GetProperty("results").EnumerateArray())
        {
            var name = entry.GetProperty("name").GetString()!;
            if (only is not null && name != only) continue;
            var text = name.StartsWith("wikitext2", StringComparison.Ordinal) ? "wikitext-2-raw-test.txt" : name[..name.IndexOf("-L", StringComparison.Ordinal)] + ".txt";
            var protocol = name.StartsWith("wikitext2", StringComparison.Ordinal) ? TextProtocol.Wikitext2 : TextProtocol.Plain;
            var windows = TokenWindows.FromText(
                model.Tokenizer, SharedFiles.Path("data", "text", text), protocol, entry.GetProperty("window").GetInt32(), entry.GetProperty("windows").GetInt32());
            var options = new PerplexityOptions
            {
                StateFile = Path.Combine(state, name + ".json"),
                Progress = progress => Console.Error.Write($"\r{name}: {progress.Done} of {progress.Total}, {progress.Value:f4}   "),
            };
            var result = new PerplexityEvaluator(model, engine).Evaluate(windows, options);
            Console.Error.WriteLine();
            var recorded = entry.GetProperty("perplexity").GetDouble();
            var difference = result.Perplexity / recorded - 1;
            var largest = entry.TryGetProperty("window_mean_nll", out var means)
                ? means.EnumerateArray().Zip(result.WindowMeans, (own, other) => Math.Abs(own.GetDouble() - other)).Max().ToString("e1")
                : "not recorded";
            report.Row(name, $"{result.Windows}", $"{recorded:f6}", $"{result.Perplexity:f6}", $"{difference:e1}", largest, $"{result.TokensPerSecond:f0}", report.Verdict(Math.Abs(difference) < 1e-3));
        }
    }
}
