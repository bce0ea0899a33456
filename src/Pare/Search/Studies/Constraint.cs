using System.Globalization;

namespace Pare.Search;

/// <summary>A bound that a candidate has to keep.</summary>
/// <param name="Metric">Name of the metric.</param>
/// <param name="Bound">The bound; reached is kept.</param>
/// <param name="AtLeast">Whether the metric has to be at least the bound rather than at most.</param>
public sealed record Constraint(string Metric, double Bound, bool AtLeast = false)
{
    /// <summary>By how much a value misses the bound, as a share of the bound (absolute where the bound is 0); 0 where it is kept.</summary>
    /// <param name="value">Measured value.</param>
    /// <returns>At least 0.</returns>
    public double Violation(double value) => Math.Max(0, AtLeast ? Bound - value : value - Bound) / (Bound == 0 ? 1 : Math.Abs(Bound));

    /// <summary>The constraint in words.</summary>
    /// <returns>Metric, relation and bound.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Metric} {(AtLeast ? ">=" : "<=")} {Bound:G7}");
}
