namespace Pare.Tokenization;

/// <summary>What a piece of a SentencePiece model is; the numbers are those of its files and of GGUF's token_type.</summary>
internal enum PieceKind
{
    /// <summary>Ordinary text.</summary>
    Normal = 1,

    /// <summary>Stands for text that has no piece.</summary>
    Unknown = 2,

    /// <summary>Has no text: BOS, EOS, padding.</summary>
    Control = 3,

    /// <summary>Found in a text before anything merges.</summary>
    UserDefined = 4,

    /// <summary>Taken apart again after merging.</summary>
    Unused = 5,

    /// <summary>One byte.</summary>
    Byte = 6,
}
