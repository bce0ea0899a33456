namespace Pare.Tests.Training.Definition;

/// <summary>The standard normal distribution to double precision.</summary>
internal static class NormalDistribution
{
    /// <summary>φ(x) = e^(−x²/2) / √(2π).</summary>
    public static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>Φ(x) = 1/2 + φ(x) · Σ xⁿ / (1 · 3 · 5 ⋯ n) over odd n; all terms have the sign of x, so nothing cancels. Absolute error below 1e-15.</summary>
    public static double Cumulative(double x)
    {
        if (Math.Abs(x) > 9) return x > 0 ? 1 : 0;
        double term = x, sum = 0;
        for (var n = 3; Math.Abs(term) > 1e-18 * Math.Abs(sum) && term != 0; n += 2)
        {
            sum += term;
            term *= x * x / n;
        }

        return 0.5 + Density(x) * sum;
    }
}
