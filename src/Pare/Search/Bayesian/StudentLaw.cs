namespace Pare.Search;

/// <summary>Student's t law.</summary>
internal static class StudentLaw
{
    /// <summary>The share of the law below t.</summary>
    /// <param name="t">A number.</param>
    /// <param name="degrees">Degrees of freedom ν, at least 1.</param>
    /// <remarks>
    /// With θ = atan(t/√ν) the law has finite sums (Abramowitz and Stegun 26.7.3 and 26.7.4):
    /// ν odd: ½ + (θ + sin θ (cos θ + 2/3 cos³θ + …)) / π; ν even: ½ + ½ sin θ (1 + ½ cos²θ + 1·3/(2·4) cos⁴θ + …).
    /// </remarks>
    public static double Cumulative(double t, int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        var angle = Math.Atan(t / Math.Sqrt(degrees));
        var (sine, cosine) = Math.SinCos(angle);
        var isOdd = degrees % 2 == 1;
        double sum = 0, term = isOdd ? cosine : 1;
        for (var i = isOdd ? 1 : 0; i <= degrees - 2; i += 2)
        {
            sum += term;
            term *= cosine * cosine * (i + 1) / (i + 2);
        }

        return isOdd ? 0.5 + (angle + sine * sum) / Math.PI : 0.5 + 0.5 * sine * sum;
    }

    /// <summary>The number below which a share of the law lies.</summary>
    /// <param name="share">At least ½ and below 1.</param>
    /// <param name="degrees">Degrees of freedom, at least 1.</param>
    public static double Quantile(double share, int degrees)
    {
        if (share is not (>= 0.5 and < 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "expected a share of at least 0.5 and below 1");
        double low = 0, high = 1;
        while (Cumulative(high, degrees) < share) high *= 2;
        for (var i = 0; i < 100 && high - low > 1e-12 * high; i++)
        {
            var middle = (low + high) / 2;
            if (Cumulative(middle, degrees) < share) low = middle;
            else high = middle;
        }

        return high;
    }
}
