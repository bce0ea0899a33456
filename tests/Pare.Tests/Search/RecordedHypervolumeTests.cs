using System.Text.Json.Nodes;
using Pare.Search;
using Pare.TestSupport;

namespace Pare.Tests.Search;

/// <summary>The genetic searchers against the hypervolumes that pymoo reaches with the same budgets.</summary>
public sealed class RecordedHypervolumeTests
{
    private const int Generations = 200;

    // What the whole front dominates below (1.1, 1.1): 1.21 less the area under it. Zdt3's broken front has no short form; the square is its bound.
    [SharedTheory]
    [InlineData("zdt1", 0.01, 1.21 - 1.0 / 3)]
    [InlineData("zdt2", 0.01, 1.21 - 2.0 / 3)]
    [InlineData("zdt3", 0.01, 1.1 * 1.9)]
    [InlineData("zdt4", 0.05, 1.21 - 1.0 / 3)]
    [InlineData("zdt6", 0.01, 0.50788)]
    public void Nsga2_reaches_the_recorded_median(string problem, double tolerance, double front)
    {
        AssertReached(problem, problem, tolerance, front, (space, seed) => new Nsga2(space, seed, new Nsga2Options { Population = 100 }));
    }

    [SharedFact]
    public void UNsga3_reaches_the_recorded_median()
    {
        var directions = ReferenceDirections.DasDennis(3, 12);
        Assert.Equal(91, directions.Count);
        AssertReached("dtlz2", "dtlz2 (12 variables, 3 objectives)", 0.01, 1.331 - Math.PI / 6, (space, seed) => new UNsga3(space, seed, new UNsga3Options { Directions = directions, Population = 92 }));
    }

    private static void AssertReached(string problem, string name, double tolerance, double front, Func<SearchSpace, ulong, ISearcher> start)
    {
        var recorded = JsonNode.Parse(File.ReadAllText(SharedFiles.Path("reference", "search.json")))!["results"]!.AsArray().Single(result => (string)result!["problem"]! == name)!;
        double[] reference = [.. recorded["reference_point"]!.AsArray().Select(value => (double)value!)];
        var space = TestProblems.Space(problem);
        var reached = new double[5];
        Parallel.For(0, reached.Length, seed => reached[seed] = Hypervolume.Of(Population(problem, start(space, (ulong)seed + 1)), reference));
        Array.Sort(reached);
        Assert.True(reached[2] >= (double)recorded["median"]! - tolerance, $"{problem}: median {reached[2]:F4} of {string.Join(", ", reached.Select(v => v.ToString("F4")))}; recorded {recorded["median"]}");
        // A reading above what the whole front dominates would be a wrong hypervolume or a wrong problem.
        Assert.True(reached[4] <= front, $"{reached[4]} exceeds the front's {front}");
    }

    private static IEnumerable<IReadOnlyList<double>> Population(string problem, ISearcher searcher)
    {
        for (var generation = 0; generation < Generations; generation++) searcher.Tell(TestProblems.Evaluate(problem, searcher.Ask()));
        var population = searcher is Nsga2 nsga2 ? nsga2.Population : ((UNsga3)searcher).Population;
        return population.Select(member => member.Objectives);
    }
}
