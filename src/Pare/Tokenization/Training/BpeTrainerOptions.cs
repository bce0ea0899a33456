namespace Pare.Tokenization;

/// <summary>What <see cref="BpeTrainer"/> is asked for.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>Most tokens of the vocabulary: special tokens, the 256 bytes and the merged tokens. At least 256 and the special tokens. Default 4096.</summary>
    public int VocabularySize { get; init; } = 4096;

    /// <summary>
    /// Special tokens; they take the ids from 0 on, in this order, and the first one ends a text. Where their names stand in a training text, they part it and are not learned from.
    /// Default <c>&lt;|endoftext|&gt;</c> alone.
    /// </summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>Least number of times that a pair has to occur to be merged, at least 1. Default 2.</summary>
    public long MinFrequency { get; init; } = 2;

    /// <summary>Refuses values out of range.</summary>
    /// <exception cref="ArgumentException">A value out of range; the message says which.</exception>
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(SpecialTokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinFrequency, 1);
        var least = 256 + SpecialTokens.Count;
        if (VocabularySize < least)
            throw new ArgumentException($"a vocabulary of {VocabularySize} tokens is too small: the 256 bytes and {SpecialTokens.Count} special tokens alone are {least}; ask for more than that");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in SpecialTokens)
        {
            if (string.IsNullOrEmpty(token)) throw new ArgumentException("a special token is empty; give it a name such as <|endoftext|>");
            if (!seen.Add(token)) throw new ArgumentException($"the special token {token} is named twice; name it once");
            if (token.Length == 1 && ByteAlphabet.ToByte(token[0]) >= 0) throw new ArgumentException($"the special token {token} is also the token of a byte; give it a longer name such as <|{token}|>");
        }
    }
}
