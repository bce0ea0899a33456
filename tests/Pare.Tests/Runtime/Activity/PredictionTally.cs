using Pare.Runtime;

namespace Pare.Tests.Runtime;

/// <summary>What the definition counts of predicted groups of neurons; those that are not predicted become zero.</summary>
internal sealed class PredictionTally
{
    private long _active, _predicted, _both, _all;

    public double Share => (double)_predicted / _all;

    /// <summary>Takes a token's neurons.</summary>
    /// <param name="neurons">[groups · group].</param>
    /// <param name="group">Neurons of a group.</param>
    /// <param name="score">A group is predicted where its score is above 0.</param>
    public void Mask(Span<double> neurons, int group, Func<int, double> score)
    {
        for (var g = 0; g * group < neurons.Length; g++)
        {
            var part = neurons.Slice(g * group, group);
            var isPredicted = score(g) > 0;
            var isActive = part.ContainsAnyExcept(0.0);
            _all++;
            if (isActive) _active++;
            if (isPredicted) _predicted++;
            if (isActive && isPredicted) _both++;
            if (!isPredicted) part.Clear();
        }
    }

    public void AssertCounted(InferenceEngine engine)
    {
        var counted = engine.CountedPrediction()!;
        Assert.Equal(((double)_both / _active, (double)_both / _predicted, Share), (counted.Recall, counted.Precision, counted.Share));
    }
}
