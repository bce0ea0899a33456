using Pare.Formats;

namespace Pare.Tokenization;

/// <content>GGUF metadata.</content>
public static partial class TokenizerLoader
{
    /// <summary>Makes a tokenizer from a GGUF file's metadata: models "llama" (SentencePiece BPE) and "gpt2" (byte-level BPE).</summary>
    /// <param name="metadata">The metadata, with the keys <c>tokenizer.ggml.*</c>.</param>
    /// <exception cref="ModelFormatException">A key is missing or damaged, or the tokenizer is of a kind that Pare does not know.</exception>
    public static Tokenizer FromGguf(GgufMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return GgufTokenizerReader.Read(metadata);
    }
}
