using System.Globalization;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>Objectives and constraints as they are written on the command line.</summary>
internal static class ConstraintText
{
    /// <summary>Reads <c>perplexity,parameters</c>.</summary>
    /// <exception cref="UsageException">One of them is not measured.</exception>
    public static IReadOnlyList<Objective> Objectives(string text, IReadOnlyList<string> metrics)
    {
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.Length == 0) throw new UsageException($"--objectives: name at least one of {string.Join(", ", metrics)}");
        return [.. names.Distinct().Select(name => metrics.Contains(name) ? SearchMetrics.Objective(name) : throw new UsageException($"--objectives {name}: not measured; expected some of {string.Join(", ", metrics)}"))];
    }

    /// <summary>The metric that a constraint is about.</summary>
    /// <exception cref="UsageException">It is no constraint, or its metric is not measured.</exception>
    public static string Metric(string text, IReadOnlyList<string> metrics) => Split(text, metrics).Metric;

    /// <summary>Reads <c>parameters&lt;=0.67x</c> or <c>perplexity&lt;=30</c>; x stands for what the whole model has.</summary>
    /// <exception cref="UsageException">It is no such text.</exception>
    public static Constraint Parse(string text, IReadOnlyList<string> metrics, IReadOnlyDictionary<string, double> whole)
    {
        var (metric, bound, atLeast) = Split(text, metrics);
        return new Constraint(metric, Bound($"--constraint {text}", metric, bound, whole), atLeast);
    }

    /// <summary>Reads a bound: a number, or a multiple of what the whole model has.</summary>
    /// <exception cref="UsageException">It is neither.</exception>
    public static double Bound(string option, string metric, string text, IReadOnlyDictionary<string, double> whole)
    {
        var isShare = text.EndsWith('x');
        if (!double.TryParse(isShare ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            throw new UsageException($"{option}: expected a number, or one with an x such as 0.67x for a share of the whole model's {metric}");
        if (isShare && whole[metric] == 0) throw new UsageException($"{option}: the whole model's {metric} is 0, so there are no shares of it; give a number");
        return isShare ? value * whole[metric] : value;
    }

    private static (string Metric, string Bound, bool AtLeast) Split(string text, IReadOnlyList<string> metrics)
    {
        var at = text.IndexOf("<=", StringComparison.Ordinal);
        var atLeast = at < 0;
        if (atLeast) at = text.IndexOf(">=", StringComparison.Ordinal);
        if (at < 0) throw new UsageException($"--constraint {text}: expected METRIC<=VALUE or METRIC>=VALUE, such as parameters<=0.67x");
        var metric = text[..at].Trim();
        return metrics.Contains(metric) ? (metric, text[(at + 2)..].Trim(), atLeast)
            : throw new UsageException($"--constraint {text}: {metric} is not measured; expected one of {string.Join(", ", metrics)}");
    }
}
