using Pare.Search;

namespace Pare.Tests.Search;

public sealed class ParetoFrontTests
{
    private static readonly SearchSpace s_space = new([SearchDimension.Real("x", 0, 1000)]);

    [Fact]
    public void Fronts_are_peeled_by_their_definition()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 20; trial++)
        {
            var all = Enumerable.Range(0, 40).Select(i => Point(i, trial % 3 == 0 && random.Next(3) == 0 ? random.Next(3) : 0, random.Next(8), random.Next(8), random.Next(3))).ToList();
            var left = Enumerable.Range(0, all.Count).ToHashSet();
            foreach (var front in Dominance.Sort(all))
            {
                Assert.Equal(left.Where(i => !left.Any(j => Better(all[j], all[i]))).Order(), front);
                left.ExceptWith(front);
            }

            Assert.Empty(left);
            var feasible = all.Where(one => one.Violation == 0).ToList();
            var expected = feasible.Where(one => !feasible.Any(other => Better(other, one))).Select(one => string.Join(' ', one.Objectives)).Distinct().Order();
            Assert.Equal(expected, ParetoFront.Of(all).Select(one => string.Join(' ', one.Objectives)).Order());
        }
    }

    [Fact]
    public void Failed_candidates_are_behind_all_others_and_never_on_a_front()
    {
        var failed = EvaluatedCandidate.Failed(s_space.Create([1]), 2, "no");
        var missing = Point(2, 5, 1, 1);
        Assert.True(Dominance.Dominates(missing, failed));
        Assert.False(Dominance.Dominates(failed, missing));
        Assert.Empty(ParetoFront.Of([failed, missing]));
    }

    [Fact]
    public void Crowding_is_the_gap_of_the_neighbours_over_the_range()
    {
        EvaluatedCandidate[] points = [Point(0, 0, 0, 10), Point(1, 0, 10, 0), Point(2, 0, 2, 6), Point(3, 0, 5, 5)];
        var room = CrowdingDistance.Of(points, [0, 1, 2, 3]);
        Assert.Equal([double.PositiveInfinity, double.PositiveInfinity, 0.5 + 0.5, 0.8 + 0.6], room);
    }

    private static EvaluatedCandidate Point(int id, double violation, params double[] objectives) =>
        new() { Candidate = s_space.Create([id]), Objectives = objectives, Violation = violation };

    private static bool Better(EvaluatedCandidate a, EvaluatedCandidate b)
    {
        if (a.Violation != b.Violation) return a.Violation < b.Violation;
        if (a.Violation > 0) return false;
        return a.Objectives.Zip(b.Objectives).All(pair => pair.First <= pair.Second) && a.Objectives.Zip(b.Objectives).Any(pair => pair.First < pair.Second);
    }
}
