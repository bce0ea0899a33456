using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pare.Benchmarks.Comparison;

/// <summary>The results as Markdown for people and JSON for programs.</summary>
internal static class ComparisonReport
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static string Markdown(MachineRecord machine, ComparisonOptions options, string command, IReadOnlyList<ModelComparison> models)
    {
        var text = new StringBuilder();
        text.AppendLine("# Pare beside llama.cpp");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"CPU: {machine.Processor} ({machine.Machine.Processors} processors; {machine.VectorUnits}); {machine.Runtime}; commit {machine.Commit}; load average before the run {machine.LoadAverage?.ToString("F1", CultureInfo.InvariantCulture) ?? "unknown"}.");
        text.AppendLine(CultureInfo.InvariantCulture, $"Command: `{command}`.");
        foreach (var setting in models.SelectMany(model => model.Settings).Distinct()) text.AppendLine(CultureInfo.InvariantCulture, $"- {setting}");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{options.Rounds} pairs of samples in turn in one process; a prefill sample is a prompt of {options.Prompt} tokens, a decode sample {options.Generate} tokens behind {options.Depth}. {(options.CpuClock ? "Seconds are processor time of the one thread. " : "")}Median and quartiles; the ratio is the median of the pairs' ratios, above 1 where the first is faster. GB/s counts the weights that a token reads.");
        text.AppendLine();
        var ours = options.SelfCheck ? "llama.cpp again" : "Pare";
        text.AppendLine(CultureInfo.InvariantCulture, $"| file | measure | {ours} tokens/s | llama.cpp tokens/s | ratio | {ours} GB/s | llama.cpp GB/s | plain reading GB/s | max Δ log p |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var model in models)
        {
            var name = Path.GetFileName(model.File);
            var gigabytes = model.BytesPerToken / 1e9;
            if (model.Prefill is { } prefill) text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | prefill | {prefill.OursSummary.Text("F1")} | {prefill.TheirsSummary.Text("F1")} | {prefill.RatioSummary.Text("F2")} | | | | {model.LargestLogProbabilityDifference:F4} |");
            if (model.Decode is { } decode) text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | decode | {decode.OursSummary.Text("F1")} | {decode.TheirsSummary.Text("F1")} | {decode.RatioSummary.Text("F2")} | {decode.OursSummary.Median * gigabytes:F1} | {decode.TheirsSummary.Median * gigabytes:F1} | {Quartiles.Of(model.Bandwidth).Text("F1")} | |");
        }

        return text.ToString();
    }

    public static string ToJson(MachineRecord machine, ComparisonOptions options, string command, IReadOnlyList<ModelComparison> models) => JsonSerializer.Serialize(
        new
        {
            machine.Machine,
            machine.Commit,
            machine.LoadAverage,
            command,
            options.Threads,
            options.Rounds,
            PromptTokens = options.Prompt,
            GeneratedTokens = options.Generate,
            DepthTokens = options.Depth,
            options.FlashAttention,
            Models = models.Select(model => new
            {
                File = Path.GetFileName(model.File),
                model.FileBytes,
                model.BytesPerToken,
                model.Settings,
                model.LargestLogProbabilityDifference,
                PrefillTokensPerSecond = Pairs(model.Prefill),
                DecodeTokensPerSecond = Pairs(model.Decode),
                ReadGigabytesPerSecond = model.Bandwidth,
            }),
        },
        Json) + "\n";

    private static object? Pairs(PairedSamples? samples) => samples is null ? null : new { Pare = samples.OursSummary, LlamaCpp = samples.TheirsSummary, Ratio = samples.RatioSummary, PareSamples = samples.Ours, LlamaCppSamples = samples.Theirs };
}
