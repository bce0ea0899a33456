namespace Pare.Tokenization;

/// <summary>The content of a SentencePiece file (tokenizer.model) or of the same in GGUF metadata.</summary>
internal sealed class SentencePieceModel
{
    /// <summary>Text, score and kind of every piece.</summary>
    public List<(string Text, float Score, PieceKind Kind)> Pieces { get; } = [];

    /// <summary>1 unigram, 2 BPE, 3 words, 4 characters.</summary>
    public int ModelType { get; set; } = 1;

    /// <summary>A space is put before the text.</summary>
    public bool AddsDummyPrefix { get; set; } = true;

    /// <summary>Spaces at the ends go, runs of spaces become one.</summary>
    public bool RemovesExtraSpaces { get; set; } = true;

    /// <summary>Spaces are written as U+2581.</summary>
    public bool EscapesSpaces { get; set; } = true;

    /// <summary>The dummy prefix is a suffix.</summary>
    public bool SpaceIsSuffix { get; set; }

    /// <summary>What has no piece becomes bytes.</summary>
    public bool ByteFallback { get; set; }

    /// <summary>Id of BOS, or -1.</summary>
    public int BosId { get; set; } = 1;

    /// <summary>Id of EOS, or -1.</summary>
    public int EosId { get; set; } = 2;

    /// <summary>Id of padding, or -1.</summary>
    public int PadId { get; set; } = -1;

    /// <summary>Id of the unknown piece, or -1.</summary>
    public int UnknownId { get; set; }

    /// <summary>The character map, or empty.</summary>
    public byte[] CharacterMap { get; set; } = [];
}
