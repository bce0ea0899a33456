using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>What <see cref="BpeTrainer"/> makes: a byte-level BPE tokenizer in the manner of GPT-2, without BOS, whose first special token ends a text.</summary>
public sealed class TrainedTokenizer
{
    internal TrainedTokenizer(IReadOnlyList<string> tokens, IReadOnlyList<(string Left, string Right)> merges, IReadOnlyList<string> specialTokens)
    {
        Tokens = tokens;
        Merges = merges;
        SpecialTokens = specialTokens;
    }

    /// <summary>
    /// Every token by id, in GPT-2's spelling of bytes (a space is U+0120): the special tokens, the 256 bytes in the order of the characters that spell them, and the merged tokens in the order of the merges.
    /// </summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The merges, first to last. There can be more than merged tokens: two different merges may spell the same token.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>The special tokens; their ids are their places here.</summary>
    public IReadOnlyList<string> SpecialTokens { get; }

    /// <summary>Number of tokens. Below what was asked for where the texts had no more pairs that were frequent enough.</summary>
    public int VocabularySize => Tokens.Count;

    /// <summary>The tokenizer, ready for use: the one that <see cref="TokenizerLoader.Load"/> reads back from the written files.</summary>
    public Tokenizer ToTokenizer()
    {
        var settings = TokenizerSettingsReader.Combine(JsonPlace.Parse(TokenizerJsonWriter.Config(this), "tokenizer_config.json"), default, default, default);
        return TokenizerJsonReader.Read(TokenizerJsonWriter.Tokenizer(this), "tokenizer.json", settings);
    }

    /// <summary>Writes <c>tokenizer.json</c> and <c>tokenizer_config.json</c>, as Hugging Face's programs read them; each file is whole or not there at any moment.</summary>
    /// <param name="folder">The folder; made if it is not there. Files of these names in it are replaced.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void WriteTo(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        AtomicFile.Write(Path.Combine(folder, "tokenizer.json"), stream => stream.Write(TokenizerJsonWriter.Tokenizer(this)));
        AtomicFile.Write(Path.Combine(folder, "tokenizer_config.json"), stream => stream.Write(TokenizerJsonWriter.Config(this)));
    }
}
