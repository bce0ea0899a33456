using System.CommandLine;

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
    private readonly Option<bool> _shared = new("--shared") { Description = "All layers have the same widths, heads and format; otherwise each has its own" };

    /// <summary>The options; a super-network has no formats.</summary>
    public IReadOnlyList<Option> All => [.. Shapes, _formats];

    /// <summary>The options without formats.</summary>
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
        IsShared = parse.GetValue(_shared),
    };

    private static Option<string?> List(string name, string description) => new(name) { Description = description, HelpName = "A,B" };

    /// <summary>The parts of a list with commas.</summary>
    public static string[] Split(string? list) => list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
