using Pare.Numerics;

namespace Pare.Search;

/// <summary>Uniform random search: what every other searcher has to beat.</summary>
public sealed class RandomSearch : ISearcher
{
    private readonly UnseenCandidates _unseen;
    private readonly SeededRandom _random;
    private readonly int _batch;

    /// <summary>Starts a search.</summary>
    /// <param name="space">Where to search.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="batch">Candidates a batch, at least 1.</param>
    public RandomSearch(SearchSpace space, ulong seed, int batch = 50)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        (_unseen, _random, _batch) = (new UnseenCandidates(space), new SeededRandom(seed), batch);
        Space = space;
    }

    /// <summary>Where it searches.</summary>
    public SearchSpace Space { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask()
    {
        var batch = new List<Candidate>(_batch);
        _unseen.Fill(batch, _batch, _random);
        return batch;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<EvaluatedCandidate> evaluated)
    {
        // Nothing to learn.
    }
}
