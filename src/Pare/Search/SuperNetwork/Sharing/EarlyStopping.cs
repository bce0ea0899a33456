using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Numerics;

namespace Pare.Search;

/// <summary>Stops candidates that are worse than a known one which is no larger in anything: such a candidate would be on no front.</summary>
/// <remarks>
/// A candidate is compared with the best of the rows that keep the constraints and have at most its size, bytes, multiply-adds and time; rows of earlier batches only, so that all processes decide alike.
/// One that is stopped gets that row's figures plus the mean differences, which are above 0: so it does not take the row's place by chance.
/// </remarks>
public sealed class EarlyStopping
{
    private readonly Study _study;
    private readonly double _errorRate;
    private readonly Dictionary<string, JsonObject?> _losses = [];
    private IReadOnlyList<StudyEntry> _rows = [];
    private IReadOnlyList<Constraint> _constraints = [];

    /// <summary>Prepares.</summary>
    /// <param name="study">The study, whose metrics have <see cref="SearchMetrics.Windows"/>.</param>
    /// <param name="errorRate">Rate at which candidates that are not worse may be stopped, above 0 and below ½.</param>
    /// <param name="windows">Windows of the text.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is another number.</exception>
    public EarlyStopping(Study study, double errorRate, int windows)
    {
        ArgumentNullException.ThrowIfNull(study);
        if (errorRate is not (> 0 and < 0.5)) throw new ArgumentOutOfRangeException(nameof(errorRate), errorRate, "expected a rate above 0 and below 0.5");
        (_study, _errorRate) = (study, errorRate);
        int[] order = [.. Enumerable.Range(0, windows)];
        new SeededRandom(1).Shuffle(order.AsSpan());
        Order = order;
    }

    /// <summary>The order in which windows are measured, the same for all candidates.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>Takes note of what a search has learnt.</summary>
    /// <param name="rows">Rows of the batches before.</param>
    /// <param name="constraints">What candidates have to keep.</param>
    public void Learn(IReadOnlyList<StudyEntry> rows, IReadOnlyList<Constraint> constraints) => (_rows, _constraints) = ([.. rows], constraints);

    /// <summary>Begins a candidate.</summary>
    /// <param name="values">Its metrics that are known without running it.</param>
    /// <param name="metrics">Metrics that are measured window by window.</param>
    /// <returns>Whom it is compared with; null where there is nobody.</returns>
    internal Comparison? Begin(IDictionary<string, double> values, IReadOnlyList<string> metrics)
    {
        string[] known = [.. _study.Description.Metrics.Where(values.ContainsKey)];
        foreach (var row in _rows.Where(row => row.Failure is null && row.Metrics[SearchMetrics.Windows] == Order.Count
            && known.All(metric => row.Metrics[metric] <= values[metric]) && _constraints.All(constraint => constraint.Violation(row.Metrics[constraint.Metric]) == 0)).OrderBy(row => row.Metrics[SearchMetrics.Perplexity]))
        {
            if (Losses(row) is not { } losses) continue;
            return new Comparison([.. metrics.Select(metric => losses[metric]!.AsArray().Select(loss => (double)loss!).ToArray())], Order, new PairedTest(_errorRate, Order.Count));
        }

        return null;
    }

    /// <summary>Keeps the losses of a candidate that was measured in full.</summary>
    internal void Keep(string candidate, IReadOnlyList<(string Metric, double[] OfWindows)> losses) =>
        _study.KeepNote(NoteOf(candidate), new JsonObject([.. losses.Select(pair => KeyValuePair.Create(pair.Metric, (JsonNode?)new JsonArray([.. pair.OfWindows.Select(loss => (JsonNode)loss)])))]).ToJsonString());

    private JsonObject? Losses(StudyEntry row)
    {
        var name = _study.Description.Space.Format(row.Candidate);
        if (_losses.TryGetValue(name, out var known)) return known;
        try
        {
            return _losses[name] = _study.Note(NoteOf(name)) is { } text ? JsonNode.Parse(text)!.AsObject() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new StudyException($"the losses of row {row.Number} of the study {_study.Path} are damaged: {e.Message}", e);
        }
    }

    private static string NoteOf(string candidate) => "losses " + candidate;
}
