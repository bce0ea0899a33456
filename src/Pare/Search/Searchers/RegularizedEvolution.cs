using Pare.Numerics;

namespace Pare.Search;

/// <summary>Regularized evolution (Real et al. 2019, arXiv 1802.01548) for several objectives: the best of a random sample of the population has a child that differs in one gene, and the oldest member leaves.</summary>
/// <remarks>Best: of the first front within the sample, and of that the one with most room (crowding distance), so that the population spreads along the front. With one objective this is the published method.</remarks>
public sealed class RegularizedEvolution : ISearcher
{
    private readonly SearchSpace _space;
    private readonly int _population;
    private readonly int _sample;
    private readonly int _batch;
    private readonly SeededRandom _random;
    private readonly Variation _variation;
    private readonly UnseenCandidates _unseen;
    private readonly Queue<EvaluatedCandidate> _members = new();

    /// <summary>Starts a search.</summary>
    /// <param name="space">Where to search.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="population">Members that are alive, at least 2.</param>
    /// <param name="sample">Members that a parent is the best of, 1 to <paramref name="population"/>.</param>
    /// <param name="batch">Children that are born before the first of them is measured; 1 as published.</param>
    public RegularizedEvolution(SearchSpace space, ulong seed, int population = 10, int sample = 5, int batch = 1)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentOutOfRangeException.ThrowIfLessThan(population, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(sample, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sample, population);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        (_space, _population, _sample, _batch) = (space, population, sample, batch);
        (_random, _variation, _unseen) = (new SeededRandom(seed), new Variation(space, new VariationOptions()), new UnseenCandidates(space));
    }

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask()
    {
        var batch = new List<Candidate>();
        if (_members.Count == 0)
        {
            _unseen.Fill(batch, _population, _random);
            return batch;
        }

        for (var tries = 0; batch.Count < _batch && tries < 100 * _batch; tries++)
        {
            var child = _variation.Neighbor(Parent().Candidate, _random);
            if (_unseen.Add(child)) batch.Add(child);
        }

        _unseen.Fill(batch, _batch, _random);
        return batch;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<EvaluatedCandidate> evaluated)
    {
        ArgumentNullException.ThrowIfNull(evaluated);
        foreach (var one in evaluated)
        {
            _members.Enqueue(one);
            if (_members.Count > _population) _members.Dequeue();
        }
    }

    private EvaluatedCandidate Parent()
    {
        var members = _members.ToArray();
        _random.Shuffle(members.AsSpan());
        var sample = members[..Math.Min(_sample, members.Length)];
        var front = Dominance.Sort(sample)[0];
        var room = CrowdingDistance.Of(sample, front);
        var best = 0;
        for (var i = 1; i < room.Length; i++)
        {
            if (room[i] > room[best]) best = i;
        }

        return sample[front[best]];
    }
}
