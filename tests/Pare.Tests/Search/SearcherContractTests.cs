using Pare.Search;

namespace Pare.Tests.Search;

/// <summary>What every searcher keeps to.</summary>
public sealed class SearcherContractTests
{
    private static readonly SearchSpace s_space = new(
    [
        SearchDimension.Ordered("depth", Enumerable.Range(1, 6)),
        .. Enumerable.Range(0, 6).Select(i => SearchDimension.Ordered($"ffn.{i}", [64, 128, 192, 256]) with { Condition = new DimensionCondition("depth", i) }),
        SearchDimension.Categorical("format", "F32", "Q8_0", "Q4_0"),
    ]);

    public static TheoryData<string> Names => ["random", "evolution", "local", "nsga2", "unsga3", "bayesian", "linas"];

    internal static ISearcher Create(string name, SearchSpace space, ulong seed) => name switch
    {
        "random" => new RandomSearch(space, seed, 20),
        "evolution" => new RegularizedEvolution(space, seed),
        "local" => new LocalSearch(space, seed),
        "nsga2" => new Nsga2(space, seed, new Nsga2Options { Population = 20 }),
        "unsga3" => new UNsga3(space, seed, new UNsga3Options { Directions = ReferenceDirections.DasDennis(2, 19) }),
        "linas" => new Linas(space, seed, new LinasOptions { Population = 20, PredictedEvaluations = 1000 }),
        "bayesian" => new BayesianSearch(space, seed, new BayesianOptions { Pool = 100, Batch = 5 }),
        _ => throw new ArgumentException(name),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Proposes_no_candidate_twice(string name)
    {
        var seen = new HashSet<Candidate>();
        foreach (var one in Run(Create(name, s_space, 1), 150)) Assert.True(seen.Add(one.Candidate));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_the_same_again_for_a_seed_and_other_for_another(string name)
    {
        var first = Run(Create(name, s_space, 5), 120).Select(one => one.Candidate).ToList();
        Assert.Equal(first, Run(Create(name, s_space, 5), 120).Select(one => one.Candidate));
        Assert.NotEqual(first, Run(Create(name, s_space, 6), 120).Select(one => one.Candidate));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Ends_when_the_space_is_used_up(string name)
    {
        var small = new SearchSpace([SearchDimension.Ordered("a", [1, 2, 3]), SearchDimension.Ordered("b", [1, 2]), SearchDimension.Categorical("c", "x", "y", "z", "w")]);
        var all = Run(Create(name, small, 2), 1000, one => [one.Genes[0] + one.Genes[1], -one.Genes[0] + one.Genes[2]]);
        Assert.Equal(24, all.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Goes_on_when_evaluations_fail_or_miss_constraints(string name)
    {
        var searcher = Create(name, s_space, 3);
        var (count, good) = (0, new List<EvaluatedCandidate>());
        while (count < 150)
        {
            var told = searcher.Ask().Select((candidate, i) => (count + i) % 3 == 0 ? EvaluatedCandidate.Failed(candidate, 2, "does not run")
                : Measure(candidate) with { Violation = (count + i) % 3 == 1 ? Math.Max(0, Cost(candidate) - 500) : 0 }).ToList();
            Assert.NotEmpty(told);
            searcher.Tell(told);
            count += told.Count;
            good.AddRange(told.Where(one => one.IsFeasible));
        }

        Assert.NotEmpty(ParetoFront.Of(good));
    }

    [Theory]
    [InlineData("evolution")]
    [InlineData("local")]
    [InlineData("nsga2")]
    [InlineData("unsga3")]
    [InlineData("bayesian")]
    [InlineData("linas")]
    public void Is_ahead_of_random_search(string name)
    {
        // Median over five seeds, 200 evaluations of a space of some hundred thousand.
        double[] reference = [1, 1700];
        double Median(string searcher) => Enumerable.Range(1, 5).Select(seed => Hypervolume.Of(Run(Create(searcher, s_space, (ulong)seed), 200).Select(one => one.Objectives), reference)).Order().ElementAt(2);
        Assert.True(Median(name) > Median("random"), $"{name} {Median(name):F1}, random {Median("random"):F1}");
    }

    // A made-up quality: deeper and wider is better with diminishing returns, some layers matter more, coarse formats cost.
    private static double Loss(Candidate candidate)
    {
        var loss = 1.0;
        for (var i = 0; i <= candidate.IndexAt(0); i++) loss -= (0.03 + 0.05 * (i * 5 % 7) / 7) * Math.Sqrt((candidate.IndexAt(1 + i) + 1) / 4.0);
        return loss + 0.02 * candidate.IndexAt(7) * candidate.IndexAt(7);
    }

    private static double Cost(Candidate candidate)
    {
        double cost = 0;
        for (var i = 0; i <= candidate.IndexAt(0); i++) cost += 64 * (candidate.IndexAt(1 + i) + 1);
        return cost * (1 - 0.3 * candidate.IndexAt(7));
    }

    private static EvaluatedCandidate Measure(Candidate candidate) => new() { Candidate = candidate, Objectives = [Loss(candidate), Cost(candidate)] };

    private static List<EvaluatedCandidate> Run(ISearcher searcher, int evaluations, Func<Candidate, double[]>? objectives = null)
    {
        var all = new List<EvaluatedCandidate>();
        while (all.Count < evaluations)
        {
            var batch = searcher.Ask();
            if (batch.Count == 0) break;
            EvaluatedCandidate[] told = [.. batch.Select(candidate => objectives is null ? Measure(candidate) : new EvaluatedCandidate { Candidate = candidate, Objectives = objectives(candidate) })];
            searcher.Tell(told);
            all.AddRange(told);
        }

        return [.. all.Take(evaluations)];
    }
}
