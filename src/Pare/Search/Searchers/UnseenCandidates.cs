using Pare.Numerics;

namespace Pare.Search;

/// <summary>Keeps a search from proposing a candidate twice.</summary>
internal sealed class UnseenCandidates(SearchSpace space)
{
    /// <summary>Draws in a row that may all be known before a space counts as used up.</summary>
    private const int Patience = 2000;

    private readonly HashSet<Candidate> _seen = [];

    /// <summary>Whether the candidate is new; it no longer is afterwards.</summary>
    public bool Add(Candidate candidate) => _seen.Add(candidate);

    /// <summary>Adds random new candidates to a batch until it is full or the space seems used up.</summary>
    public void Fill(List<Candidate> batch, int count, SeededRandom random)
    {
        var misses = 0;
        while (batch.Count < count && misses < Patience && _seen.Count < space.Size)
        {
            var candidate = space.Sample(random);
            if (_seen.Add(candidate))
            {
                batch.Add(candidate);
                misses = 0;
            }
            else
            {
                misses++;
            }
        }
    }
}
