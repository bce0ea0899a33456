using Pare.Numerics;

namespace Pare.Search;

/// <summary>Makes the generations of a genetic search: children of tournament winners, none of them known.</summary>
internal sealed class Mating(SearchSpace space, VariationOptions options, SeededRandom random)
{
    /// <summary>Children in a row that may all be known before random candidates take their place.</summary>
    private const int Patience = 200;

    private readonly Variation _variation = new(space, options);
    private readonly UnseenCandidates _unseen = new(space);

    /// <summary>The first generation.</summary>
    public List<Candidate> First(IReadOnlyList<Candidate> initial, int count)
    {
        var batch = initial.Where(_unseen.Add).Take(count).ToList();
        _unseen.Fill(batch, count, random);
        return batch;
    }

    /// <summary>New children; each parent wins a tournament of two, and every member takes part in as many tournaments (up to one) as any other.</summary>
    public List<Candidate> Children(IReadOnlyList<EvaluatedCandidate> members, int count, Func<int, int, int> winner)
    {
        var batch = new List<Candidate>(count);
        var contestants = new Queue<int>();
        var misses = 0;
        while (batch.Count < count && misses < Patience)
        {
            var (mother, father) = (Tournament(), Tournament());
            var (first, second) = _variation.Mate(members[mother].Candidate, members[father].Candidate, random);
            var before = batch.Count;
            if (_unseen.Add(first)) batch.Add(first);
            if (batch.Count < count && _unseen.Add(second)) batch.Add(second);
            misses = batch.Count > before ? 0 : misses + 1;
        }

        _unseen.Fill(batch, count, random);
        return batch;

        int Tournament() => winner(Next(), Next());

        int Next()
        {
            if (contestants.Count == 0)
            {
                int[] order = [.. Enumerable.Range(0, members.Count)];
                random.Shuffle(order.AsSpan());
                foreach (var index in order) contestants.Enqueue(index);
            }

            return contestants.Dequeue();
        }
    }
}
