namespace Pare.Calibration;

/// <summary>On which text statistics are gathered.</summary>
public sealed record CalibrationOptions
{
    /// <summary>A text file in UTF-8, from which windows are drawn at random; or null with <see cref="Tokens"/>.</summary>
    public string? Text { get; init; }

    /// <summary>A safetensors file with the exact windows: a tensor <c>input_ids</c> [windows, length]; or null with <see cref="Text"/>.</summary>
    public string? Tokens { get; init; }

    /// <summary>Windows to draw, or the most to take of <see cref="Tokens"/> (null: 128, or all).</summary>
    public int? Samples { get; init; }

    /// <summary>Tokens of a window that is drawn.</summary>
    public int Window { get; init; } = 2048;

    /// <summary>A folder in which statistics of the unchanged model are kept, for other methods and later runs; null keeps none.</summary>
    public string? Statistics { get; init; }

    /// <summary>Whether windows are those of the WikiText-2 protocol from the start of the text, instead of drawn ones: only to repeat what a paper did.</summary>
    internal bool FromStart { get; init; }
}
