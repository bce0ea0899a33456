namespace Pare.Search;

/// <summary>The normal law of mean 0 and variance 1.</summary>
internal static class NormalLaw
{
    /// <summary>exp(−z²/2) / √(2π).</summary>
    public static double Density(double z) => Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI);

    /// <summary>The share of the law below z; absolute error below 1e-12.</summary>
    /// <remarks>½ + φ(z)·(z + z³/3 + z⁵/(3·5) + …) (Marsaglia 2004) up to 6, where double precision still holds; 0 and 1 beyond.</remarks>
    public static double Cumulative(double z)
    {
        if (z < -6) return Density(z) / -z * (1 - 1 / (z * z));
        if (z > 6) return 1 - Cumulative(-z);
        double sum = z, term = z;
        for (var i = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); i += 2)
        {
            term *= z * z / i;
            sum += term;
        }

        return 0.5 + sum * Density(z);
    }
}
