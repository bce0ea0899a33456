namespace Pare.Search;

/// <summary>A metric of a candidate could not be measured.</summary>
/// <param name="metrics">The metrics.</param>
/// <param name="cause">Why.</param>
public sealed class MeasureException(string metrics, Exception cause)
    : Exception($"{metrics} could not be measured: {(cause ?? throw new ArgumentNullException(nameof(cause))).Message}", cause);
