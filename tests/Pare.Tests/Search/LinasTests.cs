using Pare.Search;

namespace Pare.Tests.Search;

public sealed class LinasTests
{
    private const int Layers = 12;

    // A model of what dropping layers and neurons does: each has its own importance, and neighbours replace each other in part.
    private static readonly SearchSpace s_space = new(
    [
        SearchDimension.Ordered("depth", [8, 9, 10, 11, 12]),
        .. Enumerable.Range(0, Layers).Select(i => SearchDimension.Ordered($"ffn.{i}", [128, 256, 384, 512]) with { Condition = i < 8 ? null : new DimensionCondition("depth", i - 7) }),
    ]);

    private static readonly LinasOptions s_options = new() { Population = 25, PredictedEvaluations = 3000 };

    [Fact]
    public void Reaches_with_a_quarter_of_the_evaluations_what_random_search_does()
    {
        double[] linas = [.. Enumerable.Range(1, 5).Select(seed => Reached(new Linas(s_space, (ulong)seed, s_options), 125)).Order()];
        double[] random = [.. Enumerable.Range(1, 5).Select(seed => Reached(new RandomSearch(s_space, (ulong)seed), 500)).Order()];
        Assert.True(linas[2] >= random[2], $"LINAS {linas[2]:F4}, random {random[2]:F4}");
    }

    [Fact]
    public void Reports_each_round_how_well_it_predicted()
    {
        var linas = new Linas(s_space, 1, s_options with { Known = new Dictionary<int, Func<Candidate, double>> { [1] = Size } });
        Reached(linas, 100);
        Assert.Equal([1, 2, 3], linas.Reports.Select(report => report.Round));
        Assert.Equal([25, 50, 75], linas.Reports.Select(report => report.Observations));
        Assert.All(linas.Reports, report => Assert.Equal(0, report.Objective));
        Assert.InRange(linas.Reports[^1].KendallTau, 0.8, 1);
        Assert.InRange(linas.Reports[^1].MeanAbsolutePercentageError, 0, 0.02);
    }

    [Fact]
    public void Stays_within_constraints_that_it_has_learnt()
    {
        var linas = new Linas(s_space, 3, s_options);
        var met = new List<double>();
        for (var round = 0; round < 5; round++)
        {
            var batch = linas.Ask().Select(candidate => new EvaluatedCandidate { Candidate = candidate, Objectives = [Loss(candidate), Size(candidate)], Violation = Math.Max(0, Size(candidate) - 0.45) }).ToList();
            met.Add(batch.Count(one => one.IsFeasible) / (double)batch.Count);
            linas.Tell(batch);
        }

        Assert.True(met[^1] > 2 * met[0] && met[^1] > 0.7, string.Join(' ', met));
    }

    [Fact]
    public void Three_objectives_go_through_reference_directions()
    {
        var linas = new Linas(s_space, 3, s_options with { PredictedEvaluations = 1000 });
        var all = new List<EvaluatedCandidate>();
        for (var round = 0; round < 4; round++)
        {
            var batch = linas.Ask().Select(candidate => new EvaluatedCandidate { Candidate = candidate, Objectives = [Loss(candidate), Size(candidate), candidate.IndexAt(0)] }).ToList();
            linas.Tell(batch);
            all.AddRange(batch);
        }

        Assert.Equal(100, all.Select(one => one.Candidate).Distinct().Count());
        Assert.Equal(9, linas.Reports.Count);
        double[] reference = [6, 1.1, 5];
        Assert.True(Hypervolume.Of(all.Skip(75).Select(one => one.Objectives), reference) > Hypervolume.Of(all.Take(25).Select(one => one.Objectives), reference));
    }

    [Fact]
    public void Goes_on_with_random_candidates_where_nothing_can_be_measured()
    {
        var linas = new Linas(s_space, 3, s_options);
        for (var round = 0; round < 3; round++) linas.Tell([.. linas.Ask().Select(candidate => EvaluatedCandidate.Failed(candidate, 2, "out of memory"))]);
        Assert.Equal(25, linas.Ask().Count);
        Assert.Empty(linas.Reports);
    }

    private static double Reached(ISearcher searcher, int evaluations)
    {
        var all = new List<EvaluatedCandidate>();
        while (all.Count < evaluations)
        {
            var batch = searcher.Ask().Select(candidate => new EvaluatedCandidate { Candidate = candidate, Objectives = [Loss(candidate), Size(candidate)] }).ToList();
            searcher.Tell(batch);
            all.AddRange(batch);
        }

        return Hypervolume.Of(all.Take(evaluations).Select(one => one.Objectives), [6, 1.1]);
    }

    private static double Loss(Candidate candidate)
    {
        double loss = 3, last = 0;
        for (var i = 0; i < Layers; i++)
        {
            var width = i < 8 + candidate.IndexAt(0) ? (candidate.IndexAt(1 + i) + 1) / 4.0 : 0;
            var importance = 0.05 + 0.2 * (i * 7 % 12 / 12.0);
            loss += importance * (1 - Math.Sqrt(width)) * (1 + 0.5 * (1 - last));
            last = width;
        }

        return loss;
    }

    private static double Size(Candidate candidate)
    {
        double size = 0;
        for (var i = 0; i < 8 + candidate.IndexAt(0); i++) size += 0.3 + 0.7 * (candidate.IndexAt(1 + i) + 1) / 4;
        return size / Layers;
    }
}
