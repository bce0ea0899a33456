using Pare.Numerics;

namespace Pare.Search;

/// <summary>Scalarised Bayesian optimisation: a Gaussian process over one weighted objective, and the candidate of greatest expected improvement next.</summary>
/// <remarks>Further candidates of a batch are found as if the process had been right about the ones before. What misses a constraint or failed counts as worse than anything measured.</remarks>
public sealed class BayesianSearch : ISearcher
{
    private readonly SearchSpace _space;
    private readonly BayesianOptions _options;
    private readonly SeededRandom _random;
    private readonly Variation _variation;
    private readonly UnseenCandidates _unseen;
    private readonly CandidateEncoding _encoding;
    private readonly HashSet<Candidate> _known = [];
    private readonly List<EvaluatedCandidate> _evaluated = [];

    /// <summary>Starts a search.</summary>
    /// <param name="space">Where to search.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="options">Options; null for the defaults.</param>
    public BayesianSearch(SearchSpace space, ulong seed, BayesianOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        _options = options ?? new BayesianOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Start, 2, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Batch, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Pool, 1, nameof(options));
        (_space, _random, _encoding) = (space, new SeededRandom(seed), new CandidateEncoding(space, oneHot: false));
        (_variation, _unseen) = (new Variation(space, new VariationOptions()), new UnseenCandidates(space));
    }

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask()
    {
        var batch = new List<Candidate>();
        var visible = Visible();
        if (visible.Count(one => one.IsFeasible) < 2)
        {
            _unseen.Fill(batch, _options.Start, _random);
        }
        else
        {
            var inputs = visible.Select(one => _encoding.Encode(one.Candidate)).ToList();
            while (batch.Count < _options.Batch && Next(visible, inputs) is { } candidate) batch.Add(candidate);
        }

        _known.UnionWith(batch);
        return batch;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<EvaluatedCandidate> evaluated) => _evaluated.AddRange(evaluated);

    // A prediction joins the list as if it had been measured, so that the next candidate of the batch goes elsewhere.
    private Candidate? Next(List<EvaluatedCandidate> visible, List<double[]> inputs)
    {
        var targets = ScalarObjective.Of(visible, _options.Scalarization, _random);
        var process = GaussianProcess.Fit(inputs, targets);
        var best = targets.Min();
        Candidate? chosen = null;
        var greatest = double.NegativeInfinity;
        foreach (var candidate in Pool(visible))
        {
            var (mean, deviation) = process.Predict(_encoding.Encode(candidate));
            var improvement = ExpectedImprovement(mean, deviation, best);
            if (improvement > greatest) (chosen, greatest) = (candidate, improvement);
        }

        if (chosen is null)
        {
            var fallback = new List<Candidate>();
            _unseen.Fill(fallback, 1, _random);
            return fallback.FirstOrDefault();
        }

        _unseen.Add(chosen);
        if (_options.Batch > 1)
        {
            var nearest = inputs.Select((input, index) => (Distance: System.Numerics.Tensors.TensorPrimitives.Distance<double>(input, _encoding.Encode(chosen)), index)).Min();
            visible.Add(visible[nearest.index] with { Candidate = chosen });
            inputs.Add(_encoding.Encode(chosen));
        }

        return chosen;
    }

    private HashSet<Candidate> Pool(List<EvaluatedCandidate> visible)
    {
        var front = ParetoFront.Of(visible);
        var pool = new HashSet<Candidate>();
        for (var i = 0; i < _options.Pool; i++)
        {
            Offer(_space.Sample(_random));
            Offer(_variation.Neighbor(front[_random.NextInt(front.Count)].Candidate, _random));
        }

        return pool;

        void Offer(Candidate candidate)
        {
            if (!_known.Contains(candidate) && !visible.Exists(one => one.Candidate.Equals(candidate))) pool.Add(candidate);
        }
    }

    private List<EvaluatedCandidate> Visible()
    {
        if (_evaluated.Count <= _options.Memory) return [.. _evaluated];
        var front = ParetoFront.Of(_evaluated);
        return [.. front.Concat(_evaluated.Skip(_evaluated.Count - _options.Memory)).DistinctBy(one => one.Candidate)];
    }

    /// <summary>E max(0, best − f) of a normal f.</summary>
    internal static double ExpectedImprovement(double mean, double deviation, double best)
    {
        if (!(deviation > 0)) return Math.Max(0, best - mean);
        var z = (best - mean) / deviation;
        return (best - mean) * NormalLaw.Cumulative(z) + deviation * NormalLaw.Density(z);
    }
}
