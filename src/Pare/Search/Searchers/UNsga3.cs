using Pare.Numerics;

namespace Pare.Search;

/// <summary>U-NSGA-III (Seada and Deb 2016), for three objectives or more: as NSGA-II, but room is kept along reference directions (NSGA-III, Deb and Jain 2014), and parents of one direction compete.</summary>
public sealed class UNsga3 : ISearcher
{
    private readonly UNsga3Options _options;
    private readonly int _population;
    private readonly SeededRandom _random;
    private readonly Mating _mating;
    private readonly ObjectiveNormalization _normalization;
    private List<Member> _members = [];

    /// <summary>Starts a search.</summary>
    /// <param name="space">Where to search.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="options">Options; the directions say how many objectives there are.</param>
    /// <exception cref="ArgumentException">No directions, or a population below 4.</exception>
    public UNsga3(SearchSpace space, ulong seed, UNsga3Options options)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Directions.Count == 0) throw new ArgumentException("U-NSGA-III needs reference directions; make some with ReferenceDirections", nameof(options));
        _options = options;
        _population = options.Population ?? (options.Directions.Count + 3) / 4 * 4;
        ArgumentOutOfRangeException.ThrowIfLessThan(_population, 4, nameof(options));
        _random = new SeededRandom(seed);
        _mating = new Mating(space, options.Variation, _random);
        _normalization = new ObjectiveNormalization(options.Directions[0].Length);
    }

    /// <summary>The generation that lives, best front first; empty before the first measurements.</summary>
    public IReadOnlyList<EvaluatedCandidate> Population => [.. _members.Select(member => member.Evaluated)];

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask() => _members.Count == 0
        ? _mating.First(_options.Initial, _population)
        : _mating.Children(Population, _population, Winner);

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<EvaluatedCandidate> evaluated)
    {
        ArgumentNullException.ThrowIfNull(evaluated);
        var pool = Population.Concat(evaluated).ToList();
        var measured = pool.Where(IsMeasured).ToList();
        var fronts = Dominance.Sort(pool);
        if (measured.Count > 0)
        {
            var first = fronts[0].Select(index => pool[index]).Where(IsMeasured).ToList();
            _normalization.Update([.. measured.Select(one => one.Objectives)], [.. (first.Count > 0 ? first : measured).Select(one => one.Objectives)]);
        }

        var survivors = new List<Member>(_population);
        for (var rank = 0; rank < fronts.Count && survivors.Count < _population; rank++)
        {
            var front = fronts[rank].Select(index => Associate(pool[index], rank)).ToList();
            if (survivors.Count + front.Count <= _population) survivors.AddRange(front);
            else Fill(survivors, front);
        }

        _members = survivors;
    }

    private static bool IsMeasured(EvaluatedCandidate one) => one.Failure is null && one.Objectives.All(double.IsFinite);

    // Takes members of the last front, one at a time, for a direction that has fewest so far: its nearest member while it has none, a random one after.
    private void Fill(List<Member> survivors, List<Member> front)
    {
        var counts = new int[_options.Directions.Count];
        foreach (var member in survivors) counts[member.Niche]++;
        var byNiche = front.GroupBy(member => member.Niche).ToDictionary(group => group.Key, group => group.OrderBy(member => member.Distance).ToList());
        while (survivors.Count < _population)
        {
            var fewest = byNiche.Keys.Min(niche => counts[niche]);
            int[] open = [.. byNiche.Keys.Where(niche => counts[niche] == fewest).Order()];
            var chosen = open[_random.NextInt(open.Length)];
            var members = byNiche[chosen];
            var index = counts[chosen] == 0 ? 0 : _random.NextInt(members.Count);
            survivors.Add(members[index]);
            counts[chosen]++;
            members.RemoveAt(index);
            if (members.Count == 0) byNiche.Remove(chosen);
        }
    }

    // The direction whose line through the ideal point is nearest, in scaled objectives.
    private Member Associate(EvaluatedCandidate evaluated, int rank)
    {
        var (ideal, nadir) = (_normalization.Ideal, _normalization.Nadir);
        var scaled = new double[ideal.Length];
        for (var m = 0; m < scaled.Length; m++)
        {
            scaled[m] = (evaluated.Objectives[m] - ideal[m]) / (nadir[m] - ideal[m]);
            if (!double.IsFinite(scaled[m])) return new Member(evaluated, rank, 0, double.PositiveInfinity);
        }

        var (niche, nearest) = (0, double.PositiveInfinity);
        for (var d = 0; d < _options.Directions.Count; d++)
        {
            var direction = _options.Directions[d];
            double along = 0, squared = 0, length = 0;
            for (var m = 0; m < scaled.Length; m++)
            {
                along += scaled[m] * direction[m];
                squared += scaled[m] * scaled[m];
                length += direction[m] * direction[m];
            }

            var distance = squared - along * along / length;
            if (distance < nearest) (niche, nearest) = (d, distance);
        }

        return new Member(evaluated, rank, niche, nearest);
    }

    private int Winner(int first, int second)
    {
        var (a, b) = (_members[first], _members[second]);
        if (a.Evaluated.Violation > 0 || b.Evaluated.Violation > 0)
        {
            if (a.Evaluated.Violation != b.Evaluated.Violation) return a.Evaluated.Violation < b.Evaluated.Violation ? first : second;
        }
        else if (a.Niche == b.Niche)
        {
            if (a.Rank != b.Rank) return a.Rank < b.Rank ? first : second;
            if (a.Distance != b.Distance) return a.Distance < b.Distance ? first : second;
        }

        return _random.NextInt(2) == 0 ? first : second;
    }

    private sealed record Member(EvaluatedCandidate Evaluated, int Rank, int Niche, double Distance);
}
