using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Models.Vocabularies;

/// <summary>A tokenizer as GGUF metadata holds it: tokens with kinds, and scores or merges.</summary>
internal sealed class GgufVocabulary
{
    /// <summary>"llama" (SentencePiece BPE) or "gpt2" (byte-level BPE).</summary>
    public required string Model { get; init; }

    /// <summary>Name of the pre-tokenizer.</summary>
    public required string Pre { get; init; }

    /// <summary>Tokens by id.</summary>
    public required List<string> Tokens { get; init; }

    /// <summary>Kinds of the tokens.</summary>
    public required List<PieceKind> Kinds { get; init; }

    /// <summary>Scores (SentencePiece), or null.</summary>
    public List<float>? Scores { get; init; }

    /// <summary>Merges "a b" in their order (byte-level), or null.</summary>
    public string[]? Merges { get; init; }

    /// <summary>Whether a space is put before a text.</summary>
    public bool AddsSpacePrefix { get; init; }

    /// <summary>Fills the vocabulary up to the rows of the embedding table with tokens that stand for nothing.</summary>
    /// <exception cref="ExportException">There are more tokens than rows.</exception>
    public void PadTo(int count)
    {
        if (Tokens.Count > count)
            throw new ExportException($"the tokenizer has {Tokens.Count} tokens, the model's vocabulary {count}; the two do not belong together");
        while (Tokens.Count < count)
        {
            Tokens.Add($"[PAD{Tokens.Count}]");
            Kinds.Add(PieceKind.Unused);
            Scores?.Add(-10000);
        }
    }

    /// <summary>Adds the keys as llama.cpp's converter writes them.</summary>
    public void Write(List<KeyValuePair<string, GgufValue>> metadata, Tokenizer tokenizer)
    {
        Add("model", GgufValue.String(Model));
        Add("pre", GgufValue.String(Pre));
        Add("tokens", GgufValue.StringArray([.. Tokens]));
        if (Scores is not null) Add("scores", GgufValue.Float32Array([.. Scores]));
        Add("token_type", GgufValue.Int32Array([.. Kinds.Select(kind => (int)kind)]));
        if (Merges is not null) Add("merges", GgufValue.StringArray(Merges));
        if (tokenizer.BosId is { } bos) Add("bos_token_id", GgufValue.UInt32((uint)bos));
        if (tokenizer.EosId is { } eos) Add("eos_token_id", GgufValue.UInt32((uint)eos));
        if (tokenizer.UnknownId is { } unknown) Add("unknown_token_id", GgufValue.UInt32((uint)unknown));
        if (tokenizer.PadId is { } pad) Add("padding_token_id", GgufValue.UInt32((uint)pad));
        Add("add_bos_token", GgufValue.Bool(tokenizer.AddsBos));
        Add("add_eos_token", GgufValue.Bool(false));
        if (Model == "llama" || AddsSpacePrefix) Add("add_space_prefix", GgufValue.Bool(AddsSpacePrefix));
        if (tokenizer.ChatTemplate is { } template) metadata.Add(new("tokenizer.chat_template", GgufValue.String(template)));

        void Add(string key, GgufValue value) => metadata.Add(new($"tokenizer.ggml.{key}", value));
    }
}
