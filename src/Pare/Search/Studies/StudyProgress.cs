namespace Pare.Search;

/// <summary>How far a search is.</summary>
/// <param name="Done">Candidates that the searcher has learnt of or that wait for the rest of their batch.</param>
/// <param name="Evaluations">Candidates of the whole search.</param>
/// <param name="Entry">The candidate that was last looked at.</param>
/// <param name="WasKnown">Whether its row was there already.</param>
public sealed record StudyProgress(int Done, int Evaluations, StudyEntry Entry, bool WasKnown);
