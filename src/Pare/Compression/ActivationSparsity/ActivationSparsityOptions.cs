using System.Globalization;
using System.Text.Json.Nodes;

namespace Pare.Compression;

/// <summary>Options of activation sparsity: thresholds, found on a calibration text, below which a model's activations are set to zero when it runs. Weights stay as they are.</summary>
/// <remarks>How far it goes is said in one of three ways: <see cref="Level"/>, <see cref="Cett"/> or <see cref="PerplexityIncrease"/>.</remarks>
public sealed record ActivationSparsityOptions : PassOptions
{
    internal const string MethodName = "activation-sparsity";
    private const int LargestGroup = 64;
    private const int MostRank = 4096;
    private static readonly string[] s_rules = ["cats", "paper", "paper-test-split", "teal", "teal-greedy", "top-k", "sparsing-law"];

    /// <summary>Which activations.</summary>
    public required ActivationRule Rule { get; init; }

    /// <summary>Nominal share of zeros at each of the rule's sites (<see cref="ActivationRule.TealGreedy"/>: of a block's weights that are not needed), at least 0 and below 1; or null.</summary>
    public double? Level { get; init; }

    /// <summary>
    /// Sparsing Law's measure: mean of ‖what the neurons that go would add‖ / ‖what all add‖ over tokens, the same in every block; or null. <see cref="ActivationRule.SparsingLaw"/> only.
    /// </summary>
    public double? Cett { get; init; }

    /// <summary>The highest level (Sparsing Law: measure) is searched at which the perplexity of the calibration windows is at most this share higher; or null.</summary>
    public double? PerplexityIncrease { get; init; }

    /// <summary>Neighbouring neurons that are zero together, so that their weights can be left out together; 1 for each by itself.</summary>
    public int Group { get; init; } = 1;

    /// <summary>Rank of a low-rank predictor of each block's groups of neurons, trained on the calibration text; 0 makes none. Groups have to be of 8 or a multiple.</summary>
    public int Predictor { get; init; }

    /// <summary>Width of one predictor for the groups of all blocks behind the first, which reads the stream behind that, instead; 0 makes none. On a finished model, as the only pass.</summary>
    public int SharedPredictor { get; init; }

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>The rule's name in recipes.</summary>
    internal string RuleName => s_rules[(int)Rule];

    internal static ActivationSparsityOptions Read(RecipeMap step)
    {
        var name = step.RequiredText("rule");
        if (Array.IndexOf(s_rules, name) is not (>= 0 and var rule)) throw step.Problem("rule", $"unknown rule '{name}'; did you mean '{Nearest.Of(name, s_rules)}'? Known: {string.Join(", ", s_rules)}");
        var (level, cett, increase) = (Share(step, "level"), Share(step, "cett"), step.Number("perplexityIncrease"));
        if ((level, cett, increase) is not (not null, null, null) and not (null, not null, null) and not (null, null, not null))
            throw step.Problem("level", "give one of level (the share of activations to set to zero, such as 0.5), cett (sparsing-law, such as 0.2) and perplexityIncrease (such as 0.01)");
        if (cett is not null && (ActivationRule)rule != ActivationRule.SparsingLaw) throw step.Problem("cett", $"goes with the rule sparsing-law, not with {name}");
        if (increase is < 0 or > 10) throw step.Problem("perplexityIncrease", "expected a share from 0 to 10, such as 0.01");
        var group = step.Integer("group", 1);
        if (group is < 1 or > LargestGroup) throw step.Problem("group", $"expected 1 to {LargestGroup} neurons, found {group}");
        var (predictor, shared) = (Width(step, "predictor", group, increase), Width(step, "sharedPredictor", group, increase));
        if (predictor > 0 && shared > 0) throw step.Problem("sharedPredictor", "takes the place of predictor; give one of them");
        return new ActivationSparsityOptions { Predictor = predictor, SharedPredictor = shared, Rule = (ActivationRule)rule, Level = level, Cett = cett, PerplexityIncrease = increase, Group = group };
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject { ["rule"] = RuleName };
        if (Level is { } level) json["level"] = level;
        if (Cett is { } cett) json["cett"] = cett;
        if (PerplexityIncrease is { } increase) json["perplexityIncrease"] = increase;
        json["group"] = Group;
        if (Predictor > 0) json["predictor"] = Predictor;
        if (SharedPredictor > 0) json["sharedPredictor"] = SharedPredictor;
        return json;
    }

    private static int Width(RecipeMap step, string key, int group, double? increase)
    {
        var width = step.Integer(key, 0);
        if (width is < 0 or > MostRank) throw step.Problem(key, $"expected a rank from 1 to {MostRank}, or 0 for none, found {width}");
        if (width > 0 && group % 8 != 0) throw step.Problem(key, "foresees groups of neurons that are read together; give group 8, or a multiple");
        if (width > 0 && increase is not null) throw step.Problem(key, "is trained for thresholds that are known; search with perplexityIncrease first, and give the level found");
        return width;
    }

    private static double? Share(RecipeMap step, string key)
    {
        var value = step.Number(key);
        return value is < 0 or >= 1 ? throw step.Problem(key, $"expected a share of at least 0 and below 1, found {value.Value.ToString(CultureInfo.InvariantCulture)}") : value;
    }
}
