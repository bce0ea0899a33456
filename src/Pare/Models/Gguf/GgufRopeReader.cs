using System.Text.Json.Nodes;

namespace Pare.Models.Gguf;

/// <summary>Reads rotary embeddings from GGUF metadata and factor tensors, as Hugging Face's rope_parameters.</summary>
internal static class GgufRopeReader
{
    public const string Frequencies = "rope_freqs.weight";
    public const string LongFactors = "rope_factors_long.weight";
    public const string ShortFactors = "rope_factors_short.weight";

    public static JsonObject Read(GgufSource source, int headSize)
    {
        var theta = source.Number("rope.freq_base", 10000);
        var dimensions = source.Size("rope.dimension_count", headSize);
        var json = new JsonObject { ["rope_theta"] = theta, ["rope_type"] = "default" };
        if (dimensions != headSize) json["partial_rotary_factor"] = Fraction(dimensions, headSize);
        var context = source.Size("rope.scaling.original_context_length", source.Size("context_length"));
        if (source.Values(LongFactors) is { } longFactors)
        {
            var shortFactors = source.Values(ShortFactors) ?? throw source.Problem(ShortFactors, $"is missing beside {LongFactors}");
            AddLongRope(json, shortFactors, longFactors, context, source.Number("rope.scaling.attn_factor", 1));
            return json;
        }

        if (source.Values(Frequencies) is { } divisors)
        {
            if (divisors.Length != dimensions / 2) throw source.Problem(Frequencies, $"has {divisors.Length} values, {dimensions / 2} are needed (one for each rotated pair)");
            if (Llama3Scaling.TryRecover(theta, dimensions, divisors, json)) return json;
            if (divisors.Any(divisor => divisor != 1)) AddLongRope(json, divisors, divisors, context, 1);
            return json;
        }

        AddScaling(source, json, context);
        return json;
    }

    private static void AddScaling(GgufSource source, JsonObject json, int context)
    {
        var factor = source.Number("rope.scaling.factor") ?? source.Number("rope.scale_linear") ?? 0;
        var kind = source.Text("rope.scaling.type") ?? (factor is 0 or 1 ? "none" : "linear");
        switch (kind)
        {
            case "none":
                return;
            case "linear":
                if (factor is 0 or 1) return;
                json["rope_type"] = "linear";
                json["factor"] = factor;
                return;
            case "yarn":
                if (factor is 0 or 1) return;
                json["rope_type"] = "yarn";
                json["factor"] = factor;
                json["original_max_position_embeddings"] = context;
                // llama.cpp multiplies its own 1 + 0.1 ln(factor) by this.
                if (source.Number("rope.scaling.attn_factor") is { } attention and not 1) json["attention_factor"] = attention * (1 + 0.1 * Math.Log(factor));
                if (source.Number("rope.scaling.yarn_beta_fast") is { } fast) json["beta_fast"] = fast;
                if (source.Number("rope.scaling.yarn_beta_slow") is { } slow) json["beta_slow"] = slow;
                return;
            default:
                throw source.Problem(source.Key("rope.scaling.type"), $"unknown kind '{kind}'; Pare knows none, linear, yarn, and longrope with its factor tensors");
        }
    }

    // Explicit divisors per frequency; the same for both lengths where the file has one set.
    private static void AddLongRope(JsonObject json, double[] shortFactors, double[] longFactors, int context, double attention)
    {
        json["rope_type"] = "longrope";
        json["short_factor"] = List(shortFactors);
        json["long_factor"] = List(longFactors);
        json["original_max_position_embeddings"] = context;
        json["attention_factor"] = attention;
    }

    private static JsonArray List(double[] values) => new([.. values.Select(value => (JsonNode)value)]);

    // The reader truncates headSize · fraction to a whole number.
    private static double Fraction(int dimensions, int headSize)
    {
        var fraction = (double)dimensions / headSize;
        return (int)(headSize * fraction) == dimensions ? fraction : Math.BitIncrement(fraction);
    }
}
