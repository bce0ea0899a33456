namespace Pare.Tokenization;

/// <summary>All that a <see cref="Tokenizer"/> is made of, gathered by a reader.</summary>
internal sealed record TokenizerParts
{
    /// <summary>The model.</summary>
    public required BpeModel Model { get; init; }

    /// <summary>From ids to text.</summary>
    public required TokenDecoder Decoder { get; init; }

    /// <summary>Text of every id as the file spells it; null where an id has no token.</summary>
    public required string?[] Texts { get; init; }

    /// <summary>Tokens found in texts.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Ids left out of decoded text on request, beside the special ones of <see cref="AddedTokens"/>.</summary>
    public IReadOnlyList<int> ControlIds { get; init; } = [];

    /// <summary>Rewrites each stretch of text between added tokens.</summary>
    public Normalizer? Normalizer { get; init; }

    /// <summary>Cuts it.</summary>
    public PreTokenizer[] PreTokenizers { get; init; } = [];

    /// <summary>Ids put before a text.</summary>
    public int[] Prefix { get; init; } = [];

    /// <summary>Ids put after a text.</summary>
    public int[] Suffix { get; init; } = [];

    /// <summary>Beginning of text.</summary>
    public int? BosId { get; init; }

    /// <summary>End of text.</summary>
    public int? EosId { get; init; }

    /// <summary>Padding.</summary>
    public int? PadId { get; init; }

    /// <summary>Unknown text.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Ids that end a generation, beside <see cref="EosId"/>.</summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    /// <summary>The chat template.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>What kind of tokenizer, in words.</summary>
    public required string Description { get; init; }
}
