namespace Pare.Tests.Training.Definition;

/// <summary>Derivatives by their definition, the measure of the tape.</summary>
internal static class FiniteDifferences
{
    /// <summary>Central difference of f along a direction in the values, which are restored: relative error about step² and 1e-16 / step.</summary>
    public static double Along(double[] values, ReadOnlySpan<double> direction, double step, Func<double> f)
    {
        var kept = (double[])values.Clone();
        for (var i = 0; i < values.Length; i++) values[i] = kept[i] + step * direction[i];
        var above = f();
        for (var i = 0; i < values.Length; i++) values[i] = kept[i] - step * direction[i];
        var below = f();
        kept.CopyTo(values, 0);
        return (above - below) / (2 * step);
    }

    /// <summary>Central difference in each of the values.</summary>
    public static double[] Each(double[] values, double step, Func<double> f)
    {
        var result = new double[values.Length];
        var direction = new double[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            direction[i] = 1;
            result[i] = Along(values, direction, step, f);
            direction[i] = 0;
        }

        return result;
    }
}
