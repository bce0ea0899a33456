using Pare.Formats;

namespace Pare.Models;

/// <summary>How a model is exported.</summary>
public sealed record ExportOptions
{
    /// <summary>Format of the linear maps (for a folder: of everything); null keeps what is stored.</summary>
    public ElementType? Format { get; init; }

    /// <summary>Format of the embedding table and the head in a GGUF file; null takes Q8_0 where <see cref="Format"/> has fewer than 8 bits, else <see cref="Format"/>.</summary>
    public ElementType? EmbeddingFormat { get; init; }

    /// <summary>Whether layers that differ in shape are filled with zeros to one shape, which keeps the function.</summary>
    public bool Pad { get; init; }

    /// <summary>Whether a file or model folder of that name may be replaced.</summary>
    public bool Overwrite { get; init; }
}
