using Pare.Numerics;

namespace Pare.Search;

/// <summary>Local search for several objectives: changes one gene of a member of the front so far, drawn at random, and starts anew at random where its neighbours are all known.</summary>
public sealed class LocalSearch : ISearcher
{
    private const int TriesForNeighbor = 50;

    private readonly int _batch;
    private readonly int _start;
    private readonly SeededRandom _random;
    private readonly Variation _variation;
    private readonly UnseenCandidates _unseen;
    private readonly Candidate? _first;
    private IReadOnlyList<EvaluatedCandidate> _front = [];

    /// <summary>Starts a search.</summary>
    /// <param name="space">Where to search.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="start">Random candidates of the first batch, at least 1.</param>
    /// <param name="batch">Candidates of a later batch, at least 1.</param>
    /// <param name="first">A candidate to begin with, such as the whole model; null: random ones only.</param>
    public LocalSearch(SearchSpace space, ulong seed, int start = 10, int batch = 1, Candidate? first = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentOutOfRangeException.ThrowIfLessThan(start, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        (_start, _batch, _first) = (start, batch, first);
        (_random, _variation, _unseen) = (new SeededRandom(seed), new Variation(space, new VariationOptions()), new UnseenCandidates(space));
    }

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask()
    {
        var batch = new List<Candidate>();
        if (_first is not null && _unseen.Add(_first)) batch.Add(_first);
        if (_front.Count == 0)
        {
            _unseen.Fill(batch, _start, _random);
            return batch;
        }

        while (batch.Count < _batch)
        {
            var parent = _front[_random.NextInt(_front.Count)].Candidate;
            var before = batch.Count;
            for (var tries = 0; batch.Count == before && tries < TriesForNeighbor; tries++)
            {
                var neighbor = _variation.Neighbor(parent, _random);
                if (_unseen.Add(neighbor)) batch.Add(neighbor);
            }

            if (batch.Count > before) continue;
            _unseen.Fill(batch, before + 1, _random);
            if (batch.Count == before) break;
        }

        return batch;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<EvaluatedCandidate> evaluated) => _front = ParetoFront.Of(_front.Concat(evaluated));
}
