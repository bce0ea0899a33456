using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Runtime;

namespace Pare.Tests.Evaluation;

public class ModelComparisonTests
{
    [Fact]
    public void A_model_agrees_with_itself()
    {
        using var small = new SmallModel();
        using var other = new SmallModel();
        var result = new ModelComparison(small.Model, small.Engine, other.Model, other.Engine).Compare(small.Windows(64));
        Assert.Equal(0, result.MaxKlDivergence, 1e-6);
        Assert.Equal(1, result.TopOneAgreement);
        Assert.Equal(result.ReferencePerplexity, result.Perplexity);
        Assert.Equal(0, result.PerplexityChange);
        Assert.Equal(result.Tokens, result.Histogram.Sum(range => range.Tokens));
    }

    [Fact]
    public void Figures_are_the_definition_over_the_logits_of_both()
    {
        var shape = new ModelShape("tiny", 64, 2, 4, 2, 96, 300, false);
        using var model = RandomModel.Create(shape, ElementType.F32, 1);
        using var reference = RandomModel.Create(shape, ElementType.F32, 2);
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 2 });
        using var referenceEngine = new InferenceEngine(reference, new EngineOptions { Threads = 1 });
        using var file = new SmallTokens(300, windows: 2, length: 40);
        var windows = TokenWindows.FromFile(file.Path);
        var result = new ModelComparison(model, engine, reference, referenceEngine).Compare(windows);

        var divergences = new List<double>();
        double loss = 0, referenceLoss = 0;
        var agreed = 0;
        for (var w = 0; w < windows.Count; w++)
        {
            var own = Logits(engine, windows[w]);
            var other = Logits(referenceEngine, windows[w]);
            for (var i = 0; i + 1 < windows.Window; i++)
            {
                double[] q = [.. own.Skip(i * 300).Take(300)], p = [.. other.Skip(i * 300).Take(300)];
                double zq = Math.Log(q.Sum(Math.Exp)), zp = Math.Log(p.Sum(Math.Exp));
                divergences.Add(p.Zip(q).Sum(pair => Math.Exp(pair.First - zp) * (pair.First - zp - pair.Second + zq)));
                loss += zq - q[windows[w][i + 1]];
                referenceLoss += zp - p[windows[w][i + 1]];
                if (Array.IndexOf(q, q.Max()) == Array.IndexOf(p, p.Max())) agreed++;
            }
        }

        divergences.Sort();
        Assert.Equal(divergences.Average(), result.MeanKlDivergence, 1e-5);
        Assert.Equal(divergences[^1], result.MaxKlDivergence, 1e-5);
        Assert.Equal((divergences[38] + divergences[39]) / 2, result.MedianKlDivergence, 1e-5);
        Assert.Equal((double)agreed / 78, result.TopOneAgreement);
        Assert.Equal(Math.Exp(loss / 78), result.Perplexity, 1e-2);
        Assert.Equal(Math.Exp((loss - referenceLoss) / 78) - 1, result.PerplexityChange, 1e-4);
    }

    [Fact]
    public void Other_vocabularies_are_refused()
    {
        using var model = RandomModel.Create(new ModelShape("a", 64, 1, 4, 2, 96, 300, false), ElementType.F32);
        using var other = RandomModel.Create(new ModelShape("b", 64, 1, 4, 2, 96, 301, false), ElementType.F32);
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 1 });
        using var otherEngine = new InferenceEngine(other, new EngineOptions { Threads = 1 });
        var refused = Assert.Throws<ArgumentException>(() => new ModelComparison(model, engine, other, otherEngine));
        Assert.Contains("300 and 301", refused.Message, StringComparison.Ordinal);
    }

    private static float[] Logits(InferenceEngine engine, ReadOnlySpan<int> tokens)
    {
        using var cache = engine.CreateCache(tokens.Length);
        var hidden = new float[tokens.Length * engine.Config.HiddenSize];
        var logits = new float[tokens.Length * engine.Config.VocabularySize];
        engine.Forward(tokens, cache, hidden);
        engine.Logits(hidden, tokens.Length, logits);
        return logits;
    }
}
