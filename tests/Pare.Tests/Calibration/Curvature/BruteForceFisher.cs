using Pare.Models;
using Pare.Training;

namespace Pare.Tests.Calibration.Curvature;

/// <summary>Keeps every token's input (with the constant of a bias) and output gradient of every site, and from them makes sums in double precision.</summary>
internal sealed class BruteForceFisher : ISiteObserver
{
    public Dictionary<LinearSite, List<(double[] Input, double[] Gradient)>> Tokens { get; } = [];

    public unsafe void Observe(in SiteGradients gradients)
    {
        var site = gradients.Site;
        if (!Tokens.TryGetValue(site, out var list)) Tokens.Add(site, list = []);
        for (var t = 0; t < gradients.Tokens; t++)
        {
            var x = new ReadOnlySpan<float>(gradients.Input + t * site.Columns, site.Columns).ToArray();
            var g = new ReadOnlySpan<float>(gradients.OutputGradient + t * site.Rows, site.Rows).ToArray();
            double[] input = [.. x.Select(value => (double)value), .. site.HasBias ? [1.0] : Array.Empty<double>()];
            list.Add((input, Array.ConvertAll(g, value => (double)value)));
        }
    }

    /// <summary>Mean of v·vᵀ.</summary>
    public static double[] Moments(IReadOnlyList<double[]> vectors)
    {
        var n = vectors[0].Length;
        var sum = new double[n * n];
        foreach (var v in vectors)
            for (var i = 0; i < sum.Length; i++) sum[i] += v[i / n] * v[i % n] / vectors.Count;
        return sum;
    }

    /// <summary>R [rows², inputs²]: the Fisher matrix, mean of vec(g·aᵀ)·vec(g·aᵀ)ᵀ, with its elements in the order that makes G ⊗ A the product vec(G)·vec(A)ᵀ.</summary>
    public double[,] Rearranged(LinearSite site)
    {
        var list = Tokens[site];
        var (rows, width) = (site.Rows, list[0].Input.Length);
        var result = new double[rows * rows, width * width];
        foreach (var (a, g) in list)
            for (var p = 0; p < rows * rows; p++)
                for (var q = 0; q < width * width; q++)
                    result[p, q] += g[p / rows] * g[p % rows] * a[q / width] * a[q % width] / list.Count;
        return result;
    }
}
