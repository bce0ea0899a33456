using Pare.Evaluation.Tasks;
using Pare.Models;
using Pare.Runtime;
using Pare.Tests.Evaluation.Tasks;
using Pare.TestSupport;

namespace Pare.Benchmarks.Evaluation;

/// <summary>The recorded tasks, choice by choice.</summary>
internal static class TaskCheck
{
    private const double Tolerance = 1e-2;
    private const double Tie = 2e-2;

    public static void Run(Model model, InferenceEngine engine, CheckReport report, string? only)
    {
        report.Table("Tasks", "task", "documents", "choices", "largest difference of a log-likelihood", "metric", "recorded", "Pare", "documents decided by a tie", "tokens/s", "");
        foreach (var recorded in RecordedTask.Read())
        {
            if (only is not null && recorded.Name != only) continue;
            var (task, shots) = recorded.Setting;
            var options = new TaskOptions
            {
                Limit = recorded.Documents,
                Shots = shots,
                KeepScores = true,
                Progress = progress => Console.Error.Write($"\r{recorded.Name}: {progress.Done} of {progress.Total}   "),
            };
            var result = new TaskEvaluator(model, engine).Evaluate(TaskCatalog.Find(task), SharedFiles.Path("data", "tasks"), options);
            Console.Error.WriteLine();
            var pairs = recorded.LogLikelihoods.SelectMany((values, i) => values.Zip(result.Scores![i].LogLikelihoods)).ToList();
            var largest = pairs.Max(pair => Math.Abs(pair.First - pair.Second));
            var ties = recorded.LogLikelihoods.Count(values => values.Length > 1 && values.Order().TakeLast(2).ToArray() is [var second, var first] && first - second < Tie);
            foreach (var metric in result.Metrics)
            {
                var value = recorded.Results[metric.Metric];
                // Shares may differ by the documents that a tie decides, a perplexity by what the log-likelihoods may.
                var allowed = metric.Metric switch
                {
                    "perplexity" => value * Tolerance,
                    "mc2" => Tolerance,
                    _ => (ties + 0.5) / result.Documents,
                };
                report.Row(recorded.Name, $"{result.Documents}", $"{pairs.Count}", $"{largest:e1}", metric.Metric, $"{value:f6}", $"{metric.Value:f6}", $"{ties}",
                    $"{result.Tokens / result.Seconds:f0}", report.Verdict(largest < Tolerance && Math.Abs(value - metric.Value) <= allowed));
            }
        }
    }
}
