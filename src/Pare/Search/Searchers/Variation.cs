using Pare.Numerics;

namespace Pare.Search;

/// <summary>Simulated binary crossover and polynomial mutation (Deb and Agrawal 1995; Deb and Goyal 1996) inside bounds, and their like for values that are not numbers.</summary>
/// <remarks>
/// Ordered genes are crossed as numbers and rounded. They mutate to a neighbouring value half of the time and to any other value else, and categorical ones to any other value:
/// a polynomial step with η = 20 is hardly ever longer than the half step that survives rounding between few values.
/// </remarks>
internal sealed class Variation(SearchSpace space, VariationOptions options)
{
    private readonly double _geneMutation = options.GeneMutationProbability ?? Math.Min(0.5, 1.0 / space.Dimensions.Count);

    /// <summary>Two children of two parents.</summary>
    public (Candidate First, Candidate Second) Mate(Candidate first, Candidate second, SeededRandom random)
    {
        double[] a = [.. first.Genes], b = [.. second.Genes];
        if (random.NextDouble() < options.CrossoverProbability) Cross(a, b, random);
        return (Mutate(a, random), Mutate(b, random));
    }

    /// <summary>A candidate that differs from another in exactly one gene that matters, where the space allows.</summary>
    public Candidate Neighbor(Candidate candidate, SeededRandom random)
    {
        double[] genes = [.. candidate.Genes];
        var active = Enumerable.Range(0, genes.Length).Where(i => space.IsActive(candidate, i) && space.Dimensions[i].High > space.Dimensions[i].Low).ToArray();
        if (active.Length > 0)
        {
            var chosen = active[random.NextInt(active.Length)];
            genes[chosen] = MutateGene(genes[chosen], space.Dimensions[chosen], random);
        }

        return space.Create(genes);
    }

    private void Cross(double[] a, double[] b, SeededRandom random)
    {
        for (var i = 0; i < a.Length; i++)
        {
            if (random.NextDouble() >= 0.5) continue;
            var dimension = space.Dimensions[i];
            if (dimension.Type != DimensionType.Categorical && Math.Abs(a[i] - b[i]) > 1e-14)
            {
                var (small, large) = a[i] < b[i] ? (a[i], b[i]) : (b[i], a[i]);
                var u = random.NextDouble();
                var gap = large - small;
                var down = Spread(1 + 2 * (small - dimension.Low) / gap, u);
                var up = Spread(1 + 2 * (dimension.High - large) / gap, u);
                var middle = small + large;
                (a[i], b[i]) = (Math.Clamp(0.5 * (middle - down * gap), dimension.Low, dimension.High), Math.Clamp(0.5 * (middle + up * gap), dimension.Low, dimension.High));
            }

            // Which child gets the lower value is chance.
            if (random.NextDouble() < 0.5) (a[i], b[i]) = (b[i], a[i]);
        }
    }

    // Factor on half the distance of the parents, such that no child leaves the bound that beta stands for.
    private double Spread(double beta, double u)
    {
        var eta = options.CrossoverEta + 1;
        var alpha = 2 - Math.Pow(beta, -eta);
        return Math.Pow(u <= 1 / alpha ? u * alpha : 1 / (2 - u * alpha), 1 / eta);
    }

    private Candidate Mutate(double[] genes, SeededRandom random)
    {
        if (random.NextDouble() < options.MutationProbability)
        {
            for (var i = 0; i < genes.Length; i++)
            {
                if (random.NextDouble() < _geneMutation) genes[i] = MutateGene(genes[i], space.Dimensions[i], random);
            }
        }

        return space.Create(genes);
    }

    private double MutateGene(double gene, SearchDimension dimension, SeededRandom random)
    {
        if (dimension.High <= dimension.Low) return gene;
        if (dimension.Type == DimensionType.Real) return MutateReal(gene, dimension, random);
        var index = (int)Math.Floor(gene + 0.5);
        var last = (int)dimension.High;
        if (dimension.Type == DimensionType.Ordered && random.NextDouble() < 0.5)
            return index == 0 ? 1 : index == last ? last - 1 : random.NextDouble() < 0.5 ? index - 1 : index + 1;
        var other = random.NextInt(last);
        return other >= index ? other + 1 : other;
    }

    private double MutateReal(double gene, SearchDimension dimension, SeededRandom random)
    {
        var range = dimension.High - dimension.Low;
        var power = options.MutationEta + 1;
        var u = random.NextDouble();
        var step = u < 0.5
            ? Math.Pow(2 * u + (1 - 2 * u) * Math.Pow(1 - (gene - dimension.Low) / range, power), 1 / power) - 1
            : 1 - Math.Pow(2 * (1 - u) + 2 * (u - 0.5) * Math.Pow(1 - (dimension.High - gene) / range, power), 1 / power);
        return Math.Clamp(gene + step * range, dimension.Low, dimension.High);
    }
}
