using Pare.Compression;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Tests.Compression.Surgeon;

/// <summary>Sites with random weights and curvature.</summary>
internal static class RandomProblem
{
    public static LinearSite Site(int rows, int columns, bool bias = false, string name = "site") => new()
    {
        Name = name,
        Layer = 0,
        Role = ParameterRole.Up,
        Rows = rows,
        Columns = columns,
        HasBias = bias,
        Input = SiteInput.Ffn,
    };

    public static SiteProblem Create(int rows, int columns, bool bias, ulong seed)
    {
        var random = new SeededRandom(seed);
        var width = columns + (bias ? 1 : 0);
        return new SiteProblem(Site(rows, columns, bias), [.. Enumerable.Range(0, rows)], [.. Enumerable.Range(0, width)])
        {
            Weights = [.. Enumerable.Range(0, rows * width).Select(_ => random.NextGaussian())],
            A = Moments(width, random),
            G = Moments(rows, random),
            InputRidge = 0.05,
            OutputRidge = 0.2,
        };
    }

    // Second moments of fewer vectors than there are dimensions are singular: only damping makes them invertible.
    private static double[] Moments(int size, SeededRandom random)
    {
        var moments = new double[size * size];
        for (var vector = 0; vector < size - 1; vector++)
        {
            double[] x = [.. Enumerable.Range(0, size).Select(_ => random.NextGaussian())];
            for (var i = 0; i < moments.Length; i++) moments[i] += x[i / size] * x[i % size] / size;
        }

        return moments;
    }
}
