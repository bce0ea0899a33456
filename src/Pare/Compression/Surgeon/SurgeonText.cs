using System.Text.Json.Nodes;
using Pare.Evaluation;
using Pare.Models;

namespace Pare.Compression;

/// <summary>The windows of text that the curvature is taken on, and the ones behind them that perplexity is measured on between shots.</summary>
internal sealed class SurgeonText
{
    private const int DefaultWindow = 1024;
    private readonly TokenWindows _windows;
    private readonly int _calibration;
    private readonly int _heldOut;

    private SurgeonText(TokenWindows windows, int calibration, int heldOut) => (_windows, _calibration, _heldOut) = (windows, calibration, heldOut);

    /// <summary>Tokens of a window.</summary>
    public int Length => _windows.Window;

    /// <summary>[windows · length] for the curvature.</summary>
    public int[] Calibration => _windows.All[..(_calibration * Length)].ToArray();

    /// <summary>[windows · length] for perplexity.</summary>
    public int[] HeldOut => _windows.All.Slice(_calibration * Length, _heldOut * Length).ToArray();

    /// <summary>Reads the text.</summary>
    /// <exception cref="RecipeException">The file is missing or has too few tokens, or the windows do not fit the model.</exception>
    /// <exception cref="Formats.ModelFormatException">The file is damaged.</exception>
    public static SurgeonText Read(SurgeonOptions options, Model model, string file, string path)
    {
        if (!File.Exists(file)) throw new RecipeException($"{path}.calibration", $"there is no file {file}");
        var window = options.Window ?? Math.Min(DefaultWindow, model.Config.MaxPositionEmbeddings);
        var isTokens = Path.GetExtension(file).Equals(".safetensors", StringComparison.OrdinalIgnoreCase);
        var most = (options.CalibrationTokens + options.EffectiveHeldOutTokens + window - 1) / window + 2;
        var windows = isTokens ? TokenWindows.FromFile(file) : TokenWindows.FromText(model.Tokenizer, file, TextProtocol.Plain, window, most);
        if (windows.Window > model.Config.MaxPositionEmbeddings)
            throw new RecipeException($"{path}.window", $"windows of {windows.Window} tokens are longer than the model's {model.Config.MaxPositionEmbeddings} positions; use shorter ones");
        var calibration = Math.Max(1, options.CalibrationTokens / windows.Window);
        var heldOut = Math.Max(1, options.EffectiveHeldOutTokens / windows.Window);
        // A file that holds fewer gives a quarter of them to the measurement.
        if (windows.Count < 2) throw new RecipeException($"{path}.calibration", $"{file} has one window of {windows.Window} tokens; at least two are needed, one of them to measure perplexity on");
        if (windows.Count < calibration + heldOut)
        {
            if (!isTokens)
                throw new RecipeException($"{path}.calibration", $"{file} has {windows.Count} windows of {windows.Window} tokens, and {calibration} + {heldOut} were asked for; give a longer text or lower calibrationTokens");
            heldOut = Math.Max(1, Math.Min(heldOut, windows.Count / 4));
            calibration = Math.Min(calibration, windows.Count - heldOut);
        }

        return new SurgeonText(windows, calibration, heldOut);
    }

    /// <summary>What tells this text from another.</summary>
    public JsonObject Describe() => new()
    {
        ["file"] = _windows.Text.File,
        ["sha256"] = _windows.Text.Sha256,
        ["window"] = Length,
        ["calibrationWindows"] = _calibration,
        ["heldOutWindows"] = _heldOut,
    };
}
