using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Runtime;

/// <summary>Leaving out weights changes no bit of a model's output, and is what the counted bytes say.</summary>
public sealed class SkippingTests
{
    public static TheoryData<string, string, ActivationRule, int> Cases => new()
    {
        { "pare-llama-5m", "q8_0", ActivationRule.Cats, 1 },
        { "pare-llama-5m", "q8_0", ActivationRule.Cats, 8 },
        { "pare-llama-5m", "q4_0", ActivationRule.Cats, 8 },
        { "pare-llama-5m", "q4_0", ActivationRule.Teal, 1 },
        { "pare-llama-5m", "q8_0", ActivationRule.Teal, 1 },
        { "pare-llama-5m", "q8_0", ActivationRule.Paper, 8 },
        { "pare-llama-5m", "f16", ActivationRule.Teal, 1 },
        { "pare-llama-5m", "f16", ActivationRule.SparsingLaw, 8 },
        { "pare-opt-5m", "q8_0", ActivationRule.TopK, 1 },
        { "pare-opt-5m", "f16", ActivationRule.Teal, 1 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Thresholds_give_the_same_bits_with_and_without_skipping(string name, string format, ActivationRule rule, int group)
    {
        using var temporary = new TemporaryFolder();
        using (var source = Model.Open(SharedFiles.InRepository("models", name)))
        {
            var recipe = new Recipe
            {
                Passes = [new RoundToNearestOptions { Format = ElementTypes.Parse(format) }, new ActivationSparsityOptions { Rule = rule, Level = 0.6, Group = group }],
                Calibration = new CalibrationOptions { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 2, Window = 64 },
            };
            new CompressionRunner(source, recipe).Run(temporary.File("out"));
        }

        using var model = Model.Open(temporary.File("out"));
        var (_, _, share) = Check(model);
        // All but the attention and the head of these small models may be left out, or a part of one matrix.
        Assert.InRange(share, 0.3, rule == ActivationRule.Teal ? 0.85 : 0.97);
    }

    /// <summary>The zeros of ReLU, with nothing set to zero by anybody.</summary>
    [Theory]
    [InlineData("bf16")]
    [InlineData("f16")]
    [InlineData("q8_0")]
    [InlineData("q4_0")]
    public void Zeros_of_relu_are_left_out_without_any_loss(string format)
    {
        using var temporary = new TemporaryFolder();
        using (var source = Model.Open(SharedFiles.InRepository("models", "pare-opt-5m")))
            new CompressionRunner(source, new Recipe { Passes = [new RoundToNearestOptions { Format = ElementTypes.Parse(format) }] }).Run(temporary.File("out"));
        using var model = Model.Open(temporary.File("out"));
        var (bytes, zeros, share) = Check(model);
        Assert.InRange(zeros, 0.5, 0.99);
        Assert.InRange(share, 0.3, 0.95);
        var down = model.Graph.Sites.Where(site => site.Role == ParameterRole.Down).Sum(site => (double)model.GetWeight(site.Weight).ByteLength);
        // What is saved is at most what the zeros' columns take.
        Assert.InRange(1 - share, 0.5 * zeros * down / bytes, zeros * down / bytes + 1e-9);
    }

    /// <summary>Where it would be slower, nothing is left out, as of the ReLU sample, whose few rows lie in the caches.</summary>
    [Theory]
    [InlineData("bf16")]
    [InlineData("q8_0")]
    public void Models_in_the_caches_are_read_whole_with_the_same_bits(string format)
    {
        using var temporary = new TemporaryFolder();
        using (var source = Model.Open(SharedFiles.InRepository("models", "pare-opt-5m")))
            new CompressionRunner(source, new Recipe { Passes = [new RoundToNearestOptions { Format = ElementTypes.Parse(format) }] }).Run(temporary.File("out"));
        using var model = Model.Open(temporary.File("out"));
        var tokens = Enumerable.Range(0, 12).Select(i => (i * 131 + 7) % model.Config.VocabularySize).ToArray();
        using var usual = new InferenceEngine(model, new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8 });
        using var always = new InferenceEngine(model, new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8, SkipsAlways = true });
        Assert.Equal(Logits(always, tokens, 1), Logits(usual, tokens, 1));
        Assert.Equal(usual.WeightBytesPerToken, usual.BytesReadPerToken);
        Assert.True(always.BytesReadPerToken < always.WeightBytesPerToken);
    }

    /// <summary>What is expected of each map: the level of its own site, both factors' of down, a predictor's share, ReLU's.</summary>
    [Fact]
    public void Layouts_are_chosen_by_the_zeros_that_are_to_be_expected()
    {
        // Rows: q and o 2048, k and v 256, gate and up 5632, down 2048.
        using var model = RandomModel.Create(ModelShape.Find("1.1b"), ElementType.Q8_0);
        var layers = model.Config.Layers.Count;
        Assert.Equal(["q_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], Columns(0.5, ActivationSite.AttentionInput, ActivationSite.AttentionValues, ActivationSite.FfnInput, ActivationSite.Neurons));
        Assert.Equal([], Columns(0.2, ActivationSite.AttentionInput, ActivationSite.AttentionValues, ActivationSite.FfnInput, ActivationSite.Neurons));
        Assert.Equal(["q_proj", "k_proj", "v_proj"], Columns(0.95, ActivationSite.AttentionInput));
        Assert.Equal([], Columns(0.2, ActivationSite.Activation));
        // 1 − 0.8².
        Assert.Equal(["down_proj"], Columns(0.2, ActivationSite.Gate, ActivationSite.Up));

        string[] Columns(double level, params ActivationSite[] sites)
        {
            var sparsity = new ActivationSparsity("test", level, 1, layers);
            foreach (var site in sites) sparsity[0, site] = new SiteThreshold { Value = 1 };
            var block = new DecoderBlock(model, 0);
            ActivityLayout.Choose(model.Config, sparsity, [block], predicts: false, always: false);
            (string Name, Linear? Map)[] maps = [("q_proj", block.Query), ("k_proj", block.Key), ("v_proj", block.Value), ("o_proj", block.Output), ("gate_proj", block.Gate), ("up_proj", block.Up), ("down_proj", block.Down)];
            string[] chosen = [.. maps.Where(entry => entry.Map!.Layout == WeightLayout.Columns).Select(entry => entry.Name)];
            block.Dispose();
            return chosen;
        }
    }

    // Decoding token by token with and without, and a prompt at once.
    private static (double Bytes, double Zeros, double Share) Check(Model model)
    {
        var tokens = Enumerable.Range(0, 40).Select(i => (i * 131 + 7) % model.Config.VocabularySize).ToArray();
        using var dense = new InferenceEngine(model, new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8, SkipsZeros = false });
        using var sparse = new InferenceEngine(model, new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8, SkipsAlways = true });
        Assert.Equal(dense.WeightBytesPerToken, dense.BytesReadPerToken);
        Assert.Equal(Logits(dense, tokens, tokens.Length), Logits(sparse, tokens, tokens.Length));
        sparse.ResetActivity();
        Assert.Equal(Logits(dense, tokens, 1), Logits(sparse, tokens, 1));
        Assert.Equal(Logits(dense, tokens, 4), Logits(sparse, tokens, 4));
        sparse.ResetActivity();
        Logits(sparse, tokens, 1);
        return (dense.WeightBytesPerToken, sparse.CountedSparsity().Single(site => site.Site == "down-in").Zeros, sparse.BytesReadPerToken / dense.WeightBytesPerToken);
    }

    /// <summary>[tokens, vocabulary], the tokens run so many at a time.</summary>
    internal static float[] Logits(InferenceEngine engine, int[] tokens, int step)
    {
        using var cache = engine.CreateCache(tokens.Length);
        var width = engine.Config.HiddenSize;
        var hidden = new float[tokens.Length * width];
        for (var t = 0; t < tokens.Length; t += step) engine.Forward(tokens.AsSpan(t, step), cache, hidden.AsSpan(t * width, step * width));
        var logits = new float[tokens.Length * engine.Config.VocabularySize];
        engine.Logits(hidden, tokens.Length, logits);
        return logits;
    }
}
