using Pare.Models;
using Pare.Runtime;
using Pare.Tests.Training.Definition;

namespace Pare.Tests.Runtime;

/// <summary>Thresholds in the forward pass of every family against a definition in double precision.</summary>
public sealed class ActivationFilterTests
{
    public static TheoryData<string, string> Small => SmallModels.All;

    [Theory]
    [MemberData(nameof(Small))]
    public void Logits_and_zeros_are_those_of_the_definition(string name, string layers)
    {
        using var model = SmallModels.Create(name, layers);
        foreach (var site in ActivationSites.All) Check(model, "value", 0.4, 1, [site]);
        Check(model, "value", 0.3, 1, [ActivationSite.Gate, ActivationSite.Up, ActivationSite.Down]);
        Check(model, "value", 0.5, 1, [ActivationSite.AttentionInput, ActivationSite.AttentionValues, ActivationSite.FfnInput, ActivationSite.Neurons]);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("opt")]
    [InlineData("gpt-neox")]
    public void Thresholds_of_channels_shares_and_groups_do_what_they_say(string name)
    {
        using var model = SmallModels.Create(name);
        foreach (var kind in (string[])["value", "channel", "kept"])
        {
            foreach (var group in (int[])[1, 2])
            {
                Check(model, kind, 0.5, group, [ActivationSite.Neurons]);
                Check(model, kind, 0.5, group, [ActivationSite.Activation]);
            }
        }
    }

    [Fact]
    public void Thresholds_of_another_model_are_refused()
    {
        using var model = SmallModels.Create("opt");
        var gated = new ActivationSparsity("cats", 0.5, 1, model.Config.Layers.Count) { [0, ActivationSite.Activation] = new SiteThreshold { Value = 1 } };
        Assert.Contains("act of block 0, which the model does not have", Assert.Throws<ArgumentException>(() => new InferenceEngine(model, new EngineOptions { Thresholds = gated })).Message, StringComparison.Ordinal);
        var longer = new ActivationSparsity("teal", 0.5, 1, 7) { [6, ActivationSite.Neurons] = new SiteThreshold { Value = 1 } };
        Assert.Contains("for 7 blocks", Assert.Throws<ArgumentException>(() => new InferenceEngine(model, new EngineOptions { Thresholds = longer })).Message, StringComparison.Ordinal);
        var wide = new ActivationSparsity("sparsing-law", 0.5, 1, model.Config.Layers.Count) { [0, ActivationSite.Neurons] = new SiteThreshold { PerChannel = new float[3] } };
        Assert.Contains("there are 3 thresholds", Assert.Throws<ArgumentException>(() => new InferenceEngine(model, new EngineOptions { Thresholds = wide })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_that_is_none_stays()
    {
        float[] x = [1, float.NaN, 0.1f, -0.2f, -3, float.PositiveInfinity, 0.5f, -0.5f, 0];
        ThresholdMath.Apply(new SiteThreshold { Value = 0.5f }, 1, x);
        Assert.Equal([1, float.NaN, 0, 0, -3, float.PositiveInfinity, 0.5f, -0.5f, 0], x);
    }

    private static void Check(Model model, string kind, double level, int group, ActivationSite[] sites)
    {
        var tokens = SmallModels.Tokens(model, sequences: 1);
        var defined = new DefinedThresholds(model, level, group);
        var values = DoubleGradients.ValuesOf(model);
        var expected = new DoubleModel(model.Config, values, stage: (layer, site, x) =>
        {
            if (sites.Contains(site)) defined.Choose(kind, layer, site, x);
        }).Logits(new Tape(), tokens).Value;
        if (defined.Seen.Count == 0) return;
        var dense = new DoubleModel(model.Config, values).Logits(new Tape(), tokens).Value;

        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 2, Thresholds = defined.Chosen });
        foreach (var step in (int[])[tokens[0].Length, 1])
        {
            engine.ResetActivity();
            var found = Logits(engine, tokens[0], step);
            Assert.InRange(DoubleGradients.Difference(expected, found), 0, 1e-4);
            // The definition itself would not be told from no thresholds at all otherwise.
            if (defined.Removed > 9) Assert.True(DoubleGradients.Difference(dense, found) > 1e-3);
            foreach (var (key, seen) in defined.Seen)
            {
                var counted = engine.CountedSparsity().Single(site => site.Site == key.Site.Name());
                Assert.Equal((double)seen.Zeros / seen.Values, counted.Blocks[key.Layer]!.Value, 1e-12);
                Assert.Equal(level, counted.Nominal);
            }
        }
    }

    private static double[] Logits(InferenceEngine engine, int[] tokens, int step)
    {
        using var cache = engine.CreateCache(tokens.Length);
        var hidden = new float[tokens.Length * engine.Config.HiddenSize];
        for (var t = 0; t < tokens.Length; t += step)
            engine.Forward(tokens.AsSpan(t, step), cache, hidden.AsSpan(t * engine.Config.HiddenSize, step * engine.Config.HiddenSize));
        var logits = new float[tokens.Length * engine.Config.VocabularySize];
        engine.Logits(hidden, tokens.Length, logits);
        return Array.ConvertAll(logits, value => (double)value);
    }
}
