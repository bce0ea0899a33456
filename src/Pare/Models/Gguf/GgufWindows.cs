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

    /// <summary>Whether a layer slides; period 0 means that all do.</summary>
    public static bool Slides(int layer, int period) => period == 0 || layer % period < period - 1;

    /// <summary>Writes the window and the period of the layers that see everything.</summary>
    /// <exception cref="ExportException">The layers follow no such rule.</exception>
    public static void Write(ModelConfig config, GgufTarget target, int usualPeriod)
    {
        var windows = config.Layers.Select(layer => layer.SlidingWindow).OfType<int>().Distinct().ToList();
        if (windows.Count == 0)
        {
            target.Add("attention.sliding_window", (uint)config.MaxPositionEmbeddings);
            return;
        }

        if (windows.Count > 1) throw new ExportException("the layers' sliding windows differ in length, which GGUF has no array for");
        var period = Enumerable.Range(1, config.Layers.Count + 1).Prepend(usualPeriod)
            .Select(candidate => candidate > config.Layers.Count ? 0 : candidate)
            .FirstOrDefault(candidate => config.Layers.Select((layer, i) => (layer.SlidingWindow is not null) == Slides(i, candidate)).All(same => same), -1);
        if (period < 0) throw new ExportException("which layers have a sliding window follows no fixed period, which is all that llama.cpp takes for this family");
        target.Add("attention.sliding_window", (uint)windows[0]);
        if (period != usualPeriod) target.Add("attention.sliding_window_pattern", (uint)period);
    }

    /// <summary>Checks that llama.cpp, which knows no key for it, scales scores as the model does.</summary>
    /// <exception cref="ExportException">It does not.</exception>
    public static void CheckAttentionScale(ModelConfig config, int layersOfLargest)
    {
        foreach (var layer in config.Layers.Where(layer => layer.HasAttention))
        {
            var scalar = config.Layers.Count == layersOfLargest ? (double)config.HiddenSize / layer.Heads : layer.HeadSize;
            if (Math.Abs(layer.AttentionScale * Math.Sqrt(scalar) - 1) > 1e-5)
                throw new ExportException($"llama.cpp scales attention scores of this family by 1/√{scalar}, the model by {layer.AttentionScale}: it would compute something else");
        }
    }

    /// <summary>The scalar whose root divides the scores: the head's width, in the family's largest model the residual width per head.</summary>
    public static void ReadAttentionScale(JsonObject json, Architecture architecture, int layersOfLargest)
    {
        var keys = architecture.Keys;
        json["query_pre_attn_scalar"] = json[keys.Layers]!.GetValue<int>() == layersOfLargest && json[keys.Heads] is JsonValue heads
            ? (double)json[keys.HiddenSize]!.GetValue<int>() / heads.GetValue<int>()
            : json[keys.HeadSize!]!.GetValue<int>();
    }
}
