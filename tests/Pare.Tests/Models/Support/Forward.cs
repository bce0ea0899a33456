using Pare.Models;
using Pare.Runtime;

namespace Pare.Tests.Models.Support;

/// <summary>Logits of a model, to compare what a change of files should not change.</summary>
internal static class Forward
{
    /// <summary>[tokens, vocabulary] logits of a fixed sequence.</summary>
    public static float[] Logits(Model model, int count = 24)
    {
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 1 });
        using var cache = engine.CreateCache(count);
        var tokens = Enumerable.Range(0, count).Select(i => (i * 37 + 11) % engine.Config.VocabularySize).ToArray();
        var hidden = new float[count * engine.Config.HiddenSize];
        engine.Forward(tokens, cache, hidden);
        var logits = new float[count * engine.Config.VocabularySize];
        engine.Logits(hidden, count, logits);
        return logits;
    }

    /// <summary>Largest difference over the largest absolute logit.</summary>
    public static double Difference(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        double difference = 0, largest = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(float.IsFinite(found[i]));
            difference = Math.Max(difference, Math.Abs((double)expected[i] - found[i]));
            largest = Math.Max(largest, Math.Abs(expected[i]));
        }

        return difference / largest;
    }
}
