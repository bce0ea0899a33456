using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Calibration;

/// <summary>Reads calibration windows.</summary>
public static class CalibrationText
{
    private const int DefaultSamples = 128;
    private const int PaperSamples = 4;

    /// <summary>Reads or draws the windows.</summary>
    /// <param name="options">Where they come from; paths are used as they are.</param>
    /// <param name="model">The model that will read them.</param>
    /// <param name="seed">Seed of the drawing: the same text, tokenizer, window and seed give the same windows.</param>
    /// <returns>The windows.</returns>
    /// <exception cref="ArgumentException">Neither or both of text and tokens are named, or a number is out of range.</exception>
    /// <exception cref="Formats.ModelFormatException">A file is damaged, a text is shorter than one window, or an id is outside the vocabulary.</exception>
    public static TokenWindows Read(CalibrationOptions options, Model model, int seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        if (options.Samples is < 1) throw new ArgumentException($"calibration needs at least one window, not {options.Samples}", nameof(options));
        if (options.Window < 2) throw new ArgumentException($"a calibration window has at least 2 tokens, not {options.Window}", nameof(options));
        if ((options.Text is null) == (options.Tokens is null)) throw new ArgumentException("calibration reads either a text or a file of tokens: name one of them", nameof(options));
        var windows = options.FromStart && options.Text is { } test ? TokenWindows.FromText(model.Tokenizer, test, TextProtocol.Wikitext2, options.Window, options.Samples ?? PaperSamples)
            : options.Tokens is { } tokens ? TokenWindows.FromFile(tokens, options.Samples)
            : TokenWindows.Draw(model.Tokenizer, options.Text!, options.Window, options.Samples ?? DefaultSamples, new SeededRandom((ulong)seed));
        WindowChecks.Check(windows, model.Config);
        return windows;
    }
}
