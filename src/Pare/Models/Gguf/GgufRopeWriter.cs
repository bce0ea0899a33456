using Pare.Formats;

namespace Pare.Models.Gguf;

/// <summary>Writes rotary embeddings to GGUF: metadata, and tensors of factors where the scaling is given per frequency.</summary>
internal static class GgufRopeWriter
{
    public static void Write(ModelConfig config, GgufTarget target)
    {
        var rope = Main(config);
        target.Add("rope.dimension_count", (uint)rope.Dimensions);
        target.Add("rope.freq_base", rope.Theta);
        switch (rope.Scaling)
        {
            case RopeScaling.Linear:
                target.Add("rope.scaling.type", "linear");
                target.Add("rope.scaling.factor", rope.Factor);
                break;
            case RopeScaling.Yarn:
                if (!rope.Truncate) target.Warnings.Add("llama.cpp rounds the ends of YaRN's ramp to whole channels, this model does not: logits will differ");
                RopeFrequencies.Compute(rope, config.MaxPositionEmbeddings, out var attention);
                var own = 1 + 0.1 * Math.Log(rope.Factor);
                target.Add("rope.scaling.type", "yarn");
                target.Add("rope.scaling.factor", rope.Factor);
                target.Add("rope.scaling.original_context_length", (uint)rope.OriginalMaxPositionEmbeddings);
                // llama.cpp multiplies this by 1 + 0.1 ln(factor).
                if (Math.Abs(attention - own) > 1e-6) target.Add("rope.scaling.attn_factor", attention / own);
                if (rope.BetaFast != 32) target.Add("rope.scaling.yarn_beta_fast", rope.BetaFast);
                if (rope.BetaSlow != 1) target.Add("rope.scaling.yarn_beta_slow", rope.BetaSlow);
                break;
            case RopeScaling.LongRope when !IsFixed(rope):
                RopeFrequencies.Compute(rope, config.MaxPositionEmbeddings, out var factor);
                target.Add("rope.scaling.type", "longrope");
                target.Add("rope.scaling.original_context_length", (uint)rope.OriginalMaxPositionEmbeddings);
                target.Add("rope.scaling.attn_factor", factor);
                break;
        }
    }

    /// <summary>Tensors of factors.</summary>
    public static IEnumerable<OutgoingTensor> Tensors(ModelConfig config)
    {
        if (config.Layers.All(layer => layer.Rope is null)) yield break;
        var rope = Main(config);
        if (rope.Scaling == RopeScaling.LongRope && !IsFixed(rope))
        {
            yield return Tensor(GgufRopeReader.LongFactors, rope.LongFactor!);
            yield return Tensor(GgufRopeReader.ShortFactors, rope.ShortFactor!);
        }
        else if (rope.Scaling is RopeScaling.Llama3 or RopeScaling.LongRope)
        {
            var scaled = RopeFrequencies.Compute(rope, 1, out _);
            var plain = RopeFrequencies.Compute(rope with { Scaling = RopeScaling.None }, 1, out _);
            yield return Tensor(GgufRopeReader.Frequencies, [.. plain.Zip(scaled, (a, b) => a / b)]);
        }
    }

    // Layers that slide may have a rotation of their own (Gemma 3), which the family writes.
    private static RopeConfig Main(ModelConfig config) =>
        (config.Layers.FirstOrDefault(layer => layer.HasAttention && layer.SlidingWindow is null) ?? config.Layers.First(layer => layer.HasAttention)).Rope!;

    // The same divisors for every length and no factor on the scores: one set of frequencies.
    private static bool IsFixed(RopeConfig rope) => rope.AttentionFactor == 1 && rope.ShortFactor!.AsSpan().SequenceEqual(rope.LongFactor);

    private static OutgoingTensor Tensor(string name, double[] values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        WeightCodec.Quantize(ElementType.F32, [.. values.Select(value => (float)value)], bytes);
        return OutgoingTensor.FromBytes(name, ElementType.F32, [values.Length], bytes);
    }
}
