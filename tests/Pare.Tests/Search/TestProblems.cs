using Pare.Search;

namespace Pare.Tests.Search;

/// <summary>The problems of Zitzler, Deb and Thiele (2000) and Deb et al. (2005), by their definitions.</summary>
internal static class TestProblems
{
    public static SearchSpace Space(string problem) => problem switch
    {
        "zdt1" or "zdt2" or "zdt3" => Reals(30, 0, 1),
        "zdt4" => new SearchSpace([SearchDimension.Real("x0", 0, 1), .. Enumerable.Range(1, 9).Select(i => SearchDimension.Real($"x{i}", -5, 5))]),
        "zdt6" => Reals(10, 0, 1),
        "dtlz2" => Reals(12, 0, 1),
        _ => throw new ArgumentException(problem),
    };

    public static double[] Evaluate(string problem, ReadOnlySpan<double> x)
    {
        if (problem == "dtlz2") return Dtlz2(x);
        var rest = x[1..].ToArray();
        var n = rest.Length;
        double f1, g;
        switch (problem)
        {
            case "zdt4":
                f1 = x[0];
                g = 1 + 10 * n + rest.Sum(v => v * v - 10 * Math.Cos(4 * Math.PI * v));
                break;
            case "zdt6":
                f1 = 1 - Math.Exp(-4 * x[0]) * Math.Pow(Math.Sin(6 * Math.PI * x[0]), 6);
                g = 1 + 9 * Math.Pow(rest.Sum() / n, 0.25);
                break;
            default:
                f1 = x[0];
                g = 1 + 9.0 / n * rest.Sum();
                break;
        }

        var ratio = f1 / g;
        var h = problem switch
        {
            "zdt2" or "zdt6" => 1 - ratio * ratio,
            "zdt3" => 1 - Math.Sqrt(ratio) - ratio * Math.Sin(10 * Math.PI * f1),
            _ => 1 - Math.Sqrt(ratio),
        };
        return [f1, g * h];
    }

    public static EvaluatedCandidate[] Evaluate(string problem, IReadOnlyList<Candidate> batch) =>
        [.. batch.Select(candidate => new EvaluatedCandidate { Candidate = candidate, Objectives = Evaluate(problem, candidate.Genes) })];

    private static SearchSpace Reals(int count, double low, double high) => new(Enumerable.Range(0, count).Select(i => SearchDimension.Real($"x{i}", low, high)));

    private static double[] Dtlz2(ReadOnlySpan<double> x)
    {
        double g = 0;
        foreach (var v in x[2..]) g += (v - 0.5) * (v - 0.5);
        var (a, b) = (x[0] * Math.PI / 2, x[1] * Math.PI / 2);
        return [(1 + g) * Math.Cos(a) * Math.Cos(b), (1 + g) * Math.Cos(a) * Math.Sin(b), (1 + g) * Math.Sin(a)];
    }
}
