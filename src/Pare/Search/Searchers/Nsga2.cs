using Pare.Numerics;

namespace Pare.Search;

/// <summary>NSGA-II (Deb, Pratap, Agarwal and Meyarivan 2002): binary tournaments on rank and crowding, simulated binary crossover, polynomial mutation, and the best of parents and children live on.</summary>
public sealed class Nsga2 : ISearcher
{
    private readonly Nsga2Options _options;
    private readonly SeededRandom _random;
    private readonly Mating _mating;
    private List<EvaluatedCandidate> _members = [];
    private int[] _ranks = [];
    private double[] _room = [];

    /// <summary>Starts a search.</summary>
    /// <param name="space">Where to search.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A population below 4.</exception>
    public Nsga2(SearchSpace space, ulong seed, Nsga2Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        _options = options ?? new Nsga2Options();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Population, 4, nameof(options));
        _random = new SeededRandom(seed);
        _mating = new Mating(space, _options.Variation, _random);
    }

    /// <summary>The generation that lives, best front first; empty before the first measurements.</summary>
    public IReadOnlyList<EvaluatedCandidate> Population => _members;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask() => _members.Count == 0
        ? _mating.First(_options.Initial, _options.Population)
        : _mating.Children(_members, _options.Population, Winner);

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<EvaluatedCandidate> evaluated)
    {
        ArgumentNullException.ThrowIfNull(evaluated);
        _members.AddRange(evaluated);
        (_members, _ranks, _room) = RankAndCrowding.Select(_members, _options.Population);
    }

    private int Winner(int first, int second)
    {
        if (_ranks[first] != _ranks[second]) return _ranks[first] < _ranks[second] ? first : second;
        if (_room[first] != _room[second]) return _room[first] > _room[second] ? first : second;
        return _random.NextInt(2) == 0 ? first : second;
    }
}
