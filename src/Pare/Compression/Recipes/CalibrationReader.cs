using System.Text.Json.Nodes;
using Pare.Calibration;

namespace Pare.Compression;

/// <summary>The part of a recipe that says on which text passes are calibrated.</summary>
internal static class CalibrationReader
{
    private const int MostSamples = 1 << 20;
    private const int MostTokens = 1 << 20;

    public static CalibrationOptions Read(RecipeMap map)
    {
        var options = new CalibrationOptions
        {
            Text = map.Text("text"),
            Tokens = map.Text("tokens"),
            Samples = map.Number("samples") is { } samples ? (int)Math.Clamp(samples, int.MinValue, int.MaxValue) : null,
            Window = map.Integer("window", 2048),
            Statistics = map.Text("statistics"),
        };
        map.RefuseOthers();
        if (options.Text is null == options.Tokens is null) throw map.Problem("text", "give either text (a file to draw windows from) or tokens (a safetensors file with input_ids)");
        if (options.Samples is < 1 or > MostSamples) throw map.Problem("samples", $"expected 1 to {MostSamples} windows, found {options.Samples}");
        if (options.Window is < 2 or > MostTokens) throw map.Problem("window", $"expected 2 to {MostTokens} tokens, found {options.Window}");
        return options;
    }

    // Where statistics are kept changes no result.
    public static JsonObject Write(CalibrationOptions options)
    {
        var json = new JsonObject();
        if (options.Text is { } text) (json["text"], json["window"]) = (text, options.Window);
        if (options.Tokens is { } tokens) json["tokens"] = tokens;
        if (options.Samples is { } samples) json["samples"] = samples;
        return json;
    }
}
