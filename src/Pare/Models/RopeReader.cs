using Pare.Formats;

namespace Pare.Models;

/// <summary>Reads rotary embeddings in both spellings: rope_parameters (newer) and rope_theta with rope_scaling (what most published folders have).</summary>
internal static class RopeReader
{
    /// <summary>Reads the rotary configuration of a kind of layer.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="headSize">Channels of a head.</param>
    /// <param name="layerType">Entry of rope_parameters that is meant where it has one for each kind of layer ("full_attention"), or null.</param>
    /// <param name="theta">Base that replaces rope_theta in the older spelling, or null.</param>
    /// <param name="scaled">Whether the older spelling's rope_scaling applies.</param>
    public static RopeConfig Read(ConfigReader config, int headSize, string? layerType = null, double? theta = null, bool scaled = true)
    {
        var parameters = config.Section("rope_parameters");
        if (parameters is not null && layerType is not null && parameters.Section(layerType) is { } ofType) parameters = ofType;
        var scaling = parameters ?? (scaled ? config.Section("rope_scaling") : null);
        var fraction = parameters?.OptionalNumber("partial_rotary_factor")
            ?? config.OptionalNumber("partial_rotary_factor") ?? config.OptionalNumber("rotary_pct") ?? 1;
        var rope = new RopeConfig
        {
            Theta = parameters?.OptionalNumber("rope_theta") ?? theta ?? config.OptionalNumber("rope_theta") ?? config.Number("rotary_emb_base", 10000),
            Dimensions = (int)(headSize * fraction),
        };
        if (rope.Dimensions % 2 != 0 || rope.Dimensions > headSize || rope.Dimensions < 2)
            throw config.Problem("partial_rotary_factor", $"{rope.Dimensions} of a head's {headSize} channels cannot be rotated: an even number from 2 to {headSize} is needed");
        if (rope.Theta <= 0) throw config.Problem("rope_theta", $"must be positive, is {rope.Theta}");
        return scaling is null ? rope : Scaled(rope, config, scaling);
    }

    private static RopeConfig Scaled(RopeConfig rope, ConfigReader config, ConfigReader scaling)
    {
        var kind = scaling.Text("rope_type") ?? scaling.Text("type") ?? "default";
        var maximum = config.Size("max_position_embeddings", 0);
        var original = scaling.OptionalSize("original_max_position_embeddings") ?? config.OptionalSize("original_max_position_embeddings") ?? maximum;
        switch (kind)
        {
            case "default":
                return rope;
            case "linear":
                return rope with { Scaling = RopeScaling.Linear, Factor = Positive("factor") };
            case "llama3":
                return rope with
                {
                    Scaling = RopeScaling.Llama3,
                    Factor = Positive("factor"),
                    LowFreqFactor = Positive("low_freq_factor"),
                    HighFreqFactor = Positive("high_freq_factor"),
                    OriginalMaxPositionEmbeddings = original,
                };
            case "yarn":
                return rope with
                {
                    Scaling = RopeScaling.Yarn,
                    Factor = Positive("factor"),
                    OriginalMaxPositionEmbeddings = original,
                    BetaFast = scaling.Number("beta_fast", 32),
                    BetaSlow = scaling.Number("beta_slow", 1),
                    AttentionFactor = scaling.OptionalNumber("attention_factor"),
                    MScale = scaling.Number("mscale", 0),
                    MScaleAllDimensions = scaling.Number("mscale_all_dim", 0),
                    Truncate = scaling.Flag("truncate", true),
                };
            case "longrope" or "su":
                return rope with
                {
                    Scaling = RopeScaling.LongRope,
                    OriginalMaxPositionEmbeddings = original,
                    Factor = scaling.OptionalNumber("factor") ?? (original == 0 ? 1 : (double)maximum / original),
                    AttentionFactor = scaling.OptionalNumber("attention_factor"),
                    ShortFactor = Factors("short_factor"),
                    LongFactor = Factors("long_factor"),
                };
            default:
                throw config.Problem("rope_scaling", $"unknown kind '{kind}'; Pare knows default, linear, llama3, yarn and longrope");
        }

        double Positive(string key)
        {
            var value = scaling.Number(key);
            return value > 0 ? value : throw config.Problem(key, $"must be positive, is {value}");
        }

        double[] Factors(string key)
        {
            var values = scaling.Numbers(key) ?? throw config.Problem(key, "is missing");
            if (values.Length != rope.Dimensions / 2)
                throw config.Problem(key, $"has {values.Length} values, {rope.Dimensions / 2} are needed (one for each rotated pair)");
            return Array.FindIndex(values, value => value <= 0) is >= 0 and var wrong
                ? throw config.Problem(key, $"must be positive throughout, is {values[wrong]} at place {wrong}")
                : values;
        }
    }
}
