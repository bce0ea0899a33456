using System.CommandLine;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>Options that say which sub-networks there are.</summary>
internal sealed class SpaceOptions
{
    private readonly Option<string?> _depths = List("--depths", "Numbers of layers, as 20,24,30 or as shares");
    private readonly Option<string?> _ffn = List("--ffn", "Widths of the feed-forward networks, as 512,1024 or as shares 0.25,0.5,1.0");
    private readonly Option<string?> _groups = List("--groups", "Numbers of key-value heads (with their query heads)");
    private readonly Option<string?> _heads = List("--heads", "Numbers of query heads of a key-value head");
    private readonly Option<string?> _headSizes = List("--head-sizes", "Channels of a head, in whole rotary pairs");
    private readonly Option<string?> _hidden = List("--hidden", "Channels of the residual stream");
    private readonly Option<string?> _formats = List("--formats", "Formats of the linear sites, as f16,q8_0,q4_0");
    private readonly Option<string?> _patterns = List("--patterns", "Patterns of the linear sites, as dense,2:4,4:8; stored sparse with q8_0 (int8) and q4_0 (int4)");
    private readonly Option<string?> _thresholds = List("--thresholds", "Shares of activations that are set to zero where they are small, as 0,0.3,0.5");
    private readonly Option<string> _scores = new("--pattern-scores") { Description = "By what patterns keep weights: wanda (|weight| times the norm of its input on --data) or magnitude", HelpName = "NAME", DefaultValueFactory = _ => "wanda" };
    private readonly Option<string> _rule = new("--threshold-rule") { Description = "Which activations: cats (the activated gate) or teal (what all linear maps of the blocks read)", HelpName = "NAME", DefaultValueFactory = _ => "cats" };
    private readonly Option<bool> _shared = new("--shared") { Description = "All layers have the same widths, heads, format, pattern and threshold; otherwise each has its own" };

    public SpaceOptions()
    {
        _scores.AcceptOnlyFromAmong("wanda", "magnitude");
        _rule.AcceptOnlyFromAmong("cats", "teal");
    }

    /// <summary>The options; a super-network has shapes only.</summary>
    public IReadOnlyList<Option> All => [.. Shapes, _formats, _patterns, _scores, _thresholds, _rule];

    /// <summary>The options of shapes.</summary>
    public IReadOnlyList<Option> Shapes => [_depths, _ffn, _groups, _heads, _headSizes, _hidden, _shared];

    /// <summary>What was asked for.</summary>
    public SpaceRequest Read(ParseResult parse) => new()
    {
        Depths = Split(parse.GetValue(_depths)),
        Ffn = Split(parse.GetValue(_ffn)),
        Groups = Split(parse.GetValue(_groups)),
        Heads = Split(parse.GetValue(_heads)),
        HeadSizes = Split(parse.GetValue(_headSizes)),
        Hidden = Split(parse.GetValue(_hidden)),
        Formats = Split(parse.GetValue(_formats)),
        Patterns = Split(parse.GetValue(_patterns)),
        Thresholds = Split(parse.GetValue(_thresholds)),
        IsShared = parse.GetValue(_shared),
    };

    /// <summary>How patterns and thresholds are found.</summary>
    public PassRequest ReadPasses(ParseResult parse) => new() { PatternScores = parse.GetRequiredValue(_scores), Rule = parse.GetRequiredValue(_rule) == "teal" ? ThresholdRule.Teal : ThresholdRule.Cats };

    private static Option<string?> List(string name, string description) => new(name) { Description = description, HelpName = "A,B" };

    /// <summary>The parts of a list with commas.</summary>
    public static string[] Split(string? list) => list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
