namespace Pare.Evaluation;

/// <summary>Means and their standard errors.</summary>
internal static class LossStatistics
{
    /// <summary>Arithmetic mean, summed in order.</summary>
    public static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (var value in values) sum += value;
        return sum / values.Length;
    }

    /// <summary>Standard error of the mean: √(Σ (xᵢ − x̄)² / (n − 1)) / √n, or null for fewer than two values.</summary>
    public static double? StandardError(ReadOnlySpan<double> values)
    {
        if (values.Length < 2) return null;
        var mean = Mean(values);
        double squares = 0;
        foreach (var value in values) squares += (value - mean) * (value - mean);
        return Math.Sqrt(squares / (values.Length - 1)) / Math.Sqrt(values.Length);
    }

    /// <summary>The q-quantile of ascending values, linear between neighbours (q = 0 the first, q = 1 the last).</summary>
    public static double Quantile(ReadOnlySpan<double> ascending, double q)
    {
        var position = q * (ascending.Length - 1);
        var lower = (int)position;
        var upper = Math.Min(lower + 1, ascending.Length - 1);
        return ascending[lower] + (position - lower) * (ascending[upper] - ascending[lower]);
    }
}
