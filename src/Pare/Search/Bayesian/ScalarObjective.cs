using Pare.Numerics;

namespace Pare.Search;

/// <summary>One number for several objectives.</summary>
internal static class ScalarObjective
{
    /// <summary>The scalarised objective of each candidate; 2 (more than any measured one) where it is not feasible. At least one is.</summary>
    public static double[] Of(IReadOnlyList<EvaluatedCandidate> evaluated, Scalarization kind, SeededRandom random)
    {
        var feasible = evaluated.Where(one => one.IsFeasible).ToList();
        var count = feasible[0].Objectives.Count;
        var weights = Weights(count, kind, random);
        double[] low = [.. Enumerable.Range(0, count).Select(m => feasible.Min(one => one.Objectives[m]))];
        double[] range = [.. Enumerable.Range(0, count).Select(m => feasible.Max(one => one.Objectives[m]) - low[m])];
        return [.. evaluated.Select(Scalar)];

        double Scalar(EvaluatedCandidate one)
        {
            if (!one.IsFeasible) return 2;
            double sum = 0, largest = 0;
            for (var m = 0; m < count; m++)
            {
                var term = range[m] > 0 ? weights[m] * (one.Objectives[m] - low[m]) / range[m] : 0;
                sum += term;
                largest = Math.Max(largest, term);
            }

            return kind == Scalarization.RandomChebyshev ? largest + 0.05 * sum : sum;
        }
    }

    // Uniform on the simplex where random.
    private static double[] Weights(int count, Scalarization kind, SeededRandom random)
    {
        var weights = new double[count];
        for (var m = 0; m < count; m++) weights[m] = kind == Scalarization.Linear ? 1 : -SeededRandom.Log(1 - random.NextDouble());
        var sum = weights.Sum();
        for (var m = 0; m < count; m++) weights[m] /= sum;
        return weights;
    }
}
