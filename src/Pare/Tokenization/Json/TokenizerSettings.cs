namespace Pare.Tokenization;

/// <summary>What the files beside a tokenizer say about it: tokenizer_config.json, special_tokens_map.json, generation_config.json, config.json.</summary>
internal sealed record TokenizerSettings
{
    /// <summary>Name of the tokenizer's class, without a final <c>Fast</c>.</summary>
    public string? ClassName { get; init; }

    /// <summary>Text of the token that begins a text.</summary>
    public string? BosToken { get; init; }

    /// <summary>Text of the token that ends a text.</summary>
    public string? EosToken { get; init; }

    /// <summary>Text of the padding token.</summary>
    public string? PadToken { get; init; }

    /// <summary>Text of the unknown token.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>Id of the token that begins a text, by the model's config.</summary>
    public int? BosId { get; init; }

    /// <summary>Ids at which generation ends, by the model's and the generation's config.</summary>
    public IReadOnlyList<int> EosIds { get; init; } = [];

    /// <summary>Id of padding, by the model's config.</summary>
    public int? PadId { get; init; }

    /// <summary>Whether texts begin with BOS, where that is said.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Whether texts end with EOS, where that is said.</summary>
    public bool? AddEos { get; init; }

    /// <summary>Whether a space goes before a text, where that is said.</summary>
    public bool? AddPrefixSpace { get; init; }

    /// <summary>Source of the chat template.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Tokens that the settings add.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Whether anything names special tokens, so that their names in a text are to be found.</summary>
    public bool NamesTokens => BosToken is not null || EosToken is not null || AddedTokens.Count > 0;
}
