using System.Text.Json.Nodes;

namespace Pare.Models.Gguf;

/// <summary>Sliding windows of the Gemma families: every so many layers one that sees everything.</summary>
internal static class GgufWindows
{
    /// <summary>Reads the window and which layers slide: layer i does where i mod period is below period − 1.</summary>
    public static void Read(GgufSource source, JsonObject json, int period, int window)
    {
        window = source.Size("attention.sliding_window", window);
        period = source.Size("attention.sliding_window_pattern", period);
        if (window < 0 || period < 0) throw source.Problem(source.Key("attention.sliding_window"), $"window {window} and pattern {period} must not be negative");
        var layers = source.Size("block_count");
        var kinds = Enumerable.Range(0, layers).Select(i => (JsonNode)(window > 0 && Slides(i, period) ? "sliding_attention" : "full_attention"));
        json["layer_types"] = new JsonArray([.. kinds]);
        json["sliding_window"] = window > 0 ? window : null;
    }

    public static bool Slides(int layer, int period) => period == 0 || layer % period < period - 1;

    /// <summary>The scalar whose root divides the scores: the head's width, in the family's largest model the residual width per head.</summary>
    public static void ReadAttentionScale(JsonObject json, Architecture architecture, int layersOfLargest)
    {
        var keys = architecture.Keys;
        json["query_pre_attn_scalar"] = json[keys.Layers]!.GetValue<int>() == layersOfLargest && json[keys.Heads] is JsonValue heads
            ? (double)json[keys.HiddenSize]!.GetValue<int>() / heads.GetValue<int>()
            : json[keys.HeadSize!]!.GetValue<int>();
    }
}
