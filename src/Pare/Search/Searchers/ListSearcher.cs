namespace Pare.Search;

/// <summary>Proposes the candidates of a list, in its order, and learns nothing.</summary>
/// <param name="candidates">The candidates; of equal ones the first.</param>
public sealed class ListSearcher(IEnumerable<Candidate> candidates) : ISearcher
{
    private IReadOnlyList<Candidate> _left = [.. candidates.Distinct()];

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask()
    {
        var batch = _left;
        _left = [];
        return batch;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<EvaluatedCandidate> evaluated)
    {
        // The list is what it is.
    }
}
