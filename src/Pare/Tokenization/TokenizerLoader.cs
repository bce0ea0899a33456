using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>Makes a <see cref="Tokenizer"/> from a model folder or from GGUF metadata.</summary>
public static partial class TokenizerLoader
{
    /// <summary>
    /// Loads the tokenizer of a model folder: tokenizer.json where there is one, else tokenizer.model (SentencePiece BPE), else vocab.json and merges.txt (GPT-2).
    /// </summary>
    /// <remarks>
    /// tokenizer_config.json, special_tokens_map.json, added_tokens.json, chat_template.jinja, generation_config.json and config.json are read where present.
    /// Without any of them that names special tokens, their names in a text are text: what plain SentencePiece and plain GPT-2 do.
    /// </remarks>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="ModelFormatException">The folder has no tokenizer, or a file of it is damaged or of a kind that Pare does not know.</exception>
    public static Tokenizer Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var settings = TokenizerSettingsReader.Read(folder);
        if (Find(folder, "tokenizer.json") is { } json) return TokenizerJsonReader.Read(File.ReadAllBytes(json), json, settings);
        if (Find(folder, "tokenizer.model") is { } model) return FromSentencePiece(File.ReadAllBytes(model), model, settings);
        if (Find(folder, "vocab.json") is { } vocabulary && Find(folder, "merges.txt") is { } merges)
        {
            return Gpt2FilesReader.Read(File.ReadAllBytes(vocabulary), vocabulary, File.ReadAllBytes(merges), merges, settings);
        }

        throw new ModelFormatException(folder, "", "has no tokenizer; tokenizer.json, tokenizer.model, or vocab.json with merges.txt was expected");
    }

    /// <summary>Makes a tokenizer of the bytes of a SentencePiece file.</summary>
    internal static Tokenizer FromSentencePiece(ReadOnlySpan<byte> content, string file, TokenizerSettings settings) =>
        SentencePieceBuilder.Build(SentencePieceReader.Read(content, file), file, content.Length, settings, findControls: false, "SentencePiece BPE (tokenizer.model)");

    private static string? Find(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? path : null;
    }
}
