namespace Pare.Models;

/// <summary>What an export wrote, or would write.</summary>
public sealed record ExportReport
{
    /// <summary>The file or folder.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it is a GGUF file rather than a Hugging Face folder.</summary>
    public required bool IsGguf { get; init; }

    /// <summary>model_type of the folder, or general.architecture of the GGUF file.</summary>
    public required string Architecture { get; init; }

    /// <summary>Parameters, elements and bytes by format, largest first.</summary>
    public required IReadOnlyList<FormatShare> Formats { get; init; }

    /// <summary>Bytes of all weights, scales included.</summary>
    public long WeightBytes => Formats.Sum(share => share.Bytes);

    /// <summary>Bits of all weights, scales included, over their number.</summary>
    public double BitsPerWeight => 8.0 * WeightBytes / Formats.Sum(share => share.Elements);

    /// <summary>Bits per weight of the blocks' linear maps alone.</summary>
    public required double LinearBitsPerWeight { get; init; }

    /// <summary>Parameters stored in another format than was asked for.</summary>
    public required IReadOnlyList<FormatFallback> Fallbacks { get; init; }

    /// <summary>Where the export will not compute exactly what the model does.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
