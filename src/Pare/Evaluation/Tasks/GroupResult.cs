namespace Pare.Evaluation.Tasks;

/// <summary>The figures of a part of a task.</summary>
/// <param name="Group">Name of the part, such as a subject of MMLU.</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Metrics">The figures.</param>
public sealed record GroupResult(string Group, int Documents, IReadOnlyList<MetricResult> Metrics);
