using System.Globalization;
using System.Text.Json.Nodes;

namespace Pare.Compression;

/// <summary>Options of activation sparsity: thresholds, found on a calibration text, below which a model's activations are set to zero when it runs. Weights stay as they are.</summary>
public sealed record ActivationSparsityOptions : PassOptions
{
    internal const string MethodName = "activation-sparsity";
    private const int LargestGroup = 64;
    private static readonly string[] s_rules = ["cats", "paper", "teal", "top-k", "sparsing-law"];

    /// <summary>Which activations.</summary>
    public required ActivationRule Rule { get; init; }

    /// <summary>Nominal share of zeros at each of the rule's sites, at least 0 and below 1.</summary>
    public required double Level { get; init; }

    /// <summary>Neighbouring neurons that are zero together, so that their weights can be left out together; 1 for each by itself.</summary>
    public int Group { get; init; } = 1;

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>The rule's name in recipes.</summary>
    internal string RuleName => s_rules[(int)Rule];

    internal static ActivationSparsityOptions Read(RecipeMap step)
    {
        var name = step.RequiredText("rule");
        if (Array.IndexOf(s_rules, name) is not (>= 0 and var rule)) throw step.Problem("rule", $"unknown rule '{name}'; did you mean '{Nearest.Of(name, s_rules)}'? Known: {string.Join(", ", s_rules)}");
        var level = step.Number("level") ?? throw step.Problem("level", "is missing: the share of activations to set to zero, such as 0.5");
        if (level is < 0 or >= 1) throw step.Problem("level", $"expected a share of at least 0 and below 1, found {level.ToString(CultureInfo.InvariantCulture)}");
        var group = step.Integer("group", 1);
        if (group is < 1 or > LargestGroup) throw step.Problem("group", $"expected 1 to {LargestGroup} neurons, found {group}");
        return new ActivationSparsityOptions { Rule = (ActivationRule)rule, Level = level, Group = group };
    }

    internal override JsonObject ToJson() => new() { ["rule"] = RuleName, ["level"] = Level, ["group"] = Group };
}
