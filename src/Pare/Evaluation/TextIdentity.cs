namespace Pare.Evaluation;

/// <summary>Which text, or which tokens, a figure was measured on.</summary>
public sealed record TextIdentity
{
    /// <summary>Name of the file, without its folder.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of the file's bytes, in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>How rows were joined: in words, or null for given tokens.</summary>
    public string? Join { get; init; }

    /// <summary>Where BOS tokens were put: in words, or null for given tokens.</summary>
    public string? Bos { get; init; }

    /// <summary>UTF-16 code units of the text that was tokenized, or null for given tokens.</summary>
    public long? Characters { get; init; }

    /// <summary>Tokens of the whole text, BOS included; null where only as much of the text was tokenized as the windows need.</summary>
    public long? Tokens { get; init; }
}
