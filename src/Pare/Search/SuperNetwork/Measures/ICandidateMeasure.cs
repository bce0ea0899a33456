namespace Pare.Search;

/// <summary>Something that is measured of a sub-network.</summary>
public interface ICandidateMeasure : IDisposable
{
    /// <summary>Names of the metrics that it gives.</summary>
    IReadOnlyList<string> Metrics { get; }

    /// <summary>Measures a sub-network.</summary>
    /// <param name="candidate">The sub-network.</param>
    /// <param name="values">Receives a value for each of <see cref="Metrics"/>.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    void Measure(CandidateModel candidate, IDictionary<string, double> values, CancellationToken cancellation);
}
