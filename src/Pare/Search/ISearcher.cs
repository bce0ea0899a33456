namespace Pare.Search;

/// <summary>Proposes candidates and learns from what was measured of them. The same seed and the same measurements give the same proposals, so that a search can be replayed.</summary>
public interface ISearcher
{
    /// <summary>The next candidates to measure, none of which was proposed before. They may be measured in any order or at the same time.</summary>
    /// <returns>The batch; empty where the space holds no further candidate.</returns>
    IReadOnlyList<Candidate> Ask();

    /// <summary>Takes the measurements of the batch that was asked for last.</summary>
    /// <param name="evaluated">One record for each candidate of the batch, in its order.</param>
    void Tell(IReadOnlyList<EvaluatedCandidate> evaluated);
}
