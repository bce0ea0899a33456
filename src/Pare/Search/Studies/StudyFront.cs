namespace Pare.Search;

/// <summary>What the rows of a study amount to for some objectives.</summary>
public sealed class StudyFront
{
    private StudyFront(IReadOnlyList<StudyEntry> entries, IReadOnlyList<StudyEntry> front, IReadOnlyList<double> hypervolumes) => (Entries, Front, Hypervolumes) = (entries, front, hypervolumes);

    /// <summary>All rows, in the order in which they were stored.</summary>
    public IReadOnlyList<StudyEntry> Entries { get; }

    /// <summary>The rows that none dominates, by rising cost of the first objective.</summary>
    public IReadOnlyList<StudyEntry> Front { get; }

    /// <summary>Hypervolume after each row, as a share of the box from the best to the worst value of every objective; the reference point lies a tenth of the range beyond the worst. Empty for one objective.</summary>
    public IReadOnlyList<double> Hypervolumes { get; }

    /// <summary>Finds the front.</summary>
    /// <param name="entries">Rows of a study.</param>
    /// <param name="objectives">What is minimised or maximised.</param>
    /// <param name="constraints">What has to be kept.</param>
    /// <returns>The front.</returns>
    public static StudyFront Of(IReadOnlyList<StudyEntry> entries, IReadOnlyList<Objective> objectives, IReadOnlyList<Constraint> constraints)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(objectives);
        var byCandidate = entries.ToDictionary(entry => entry.Candidate);
        EvaluatedCandidate[] evaluated = [.. entries.Select(entry => entry.Evaluate(objectives, constraints))];
        var front = ParetoFront.Of(evaluated).Select(one => byCandidate[one.Candidate]).ToList();
        return new StudyFront(entries, front, objectives.Count < 2 ? [] : Volumes(evaluated, objectives.Count));
    }

    private static List<double> Volumes(EvaluatedCandidate[] evaluated, int objectives)
    {
        var feasible = evaluated.Where(one => one.IsFeasible).ToList();
        if (feasible.Count == 0) return [.. evaluated.Select(_ => 0.0)];
        double[] low = [.. Enumerable.Range(0, objectives).Select(m => feasible.Min(one => one.Objectives[m]))];
        double[] range = [.. Enumerable.Range(0, objectives).Select(m => Math.Max(feasible.Max(one => one.Objectives[m]) - low[m], 1e-300))];
        double[] reference = [.. Enumerable.Repeat(1.1, objectives)];
        var unit = Math.Pow(1.1, objectives);
        var (volumes, front, volume) = (new List<double>(evaluated.Length), new List<double[]>(), 0.0);
        foreach (var one in evaluated)
        {
            if (one.IsFeasible)
            {
                double[] point = [.. Enumerable.Range(0, objectives).Select(m => (one.Objectives[m] - low[m]) / range[m])];
                if (!front.Exists(other => other.SequenceEqual(point) || Dominance.Dominates(other, point)))
                {
                    front.RemoveAll(other => Dominance.Dominates(point, other));
                    front.Add(point);
                    volume = Hypervolume.Of(front, reference) / unit;
                }
            }

            volumes.Add(volume);
        }

        return volumes;
    }
}
