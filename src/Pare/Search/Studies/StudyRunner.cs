using System.Diagnostics;

namespace Pare.Search;

/// <summary>Runs a searcher over a study: what has a row is not evaluated again, so a search that was stopped is replayed up to where it was and goes on.</summary>
/// <remarks>Several processes with the same searcher and seed share each batch; one waits for the others at the end of a batch, so all see the same search as a single process would.</remarks>
public static class StudyRunner
{
    /// <summary>Runs a search.</summary>
    /// <param name="study">The study.</param>
    /// <param name="searcher">A searcher over the study's space that was not asked yet.</param>
    /// <param name="evaluate">Measures a candidate: a value for each metric. What it throws is recorded as a failure of that candidate, save for cancellation.</param>
    /// <param name="options">Objectives and budget.</param>
    /// <param name="cancellation">Stops the search; the candidate in flight is given up.</param>
    /// <returns>The rows of the search in the order of the searcher's questions; fewer than the budget where the space is used up.</returns>
    /// <exception cref="ArgumentException">An objective or a constraint is no metric of the study.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public static IReadOnlyList<StudyEntry> Run(
        Study study, ISearcher searcher, Func<Candidate, CancellationToken, IReadOnlyDictionary<string, double>> evaluate, StudyRunOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentNullException.ThrowIfNull(searcher);
        ArgumentNullException.ThrowIfNull(evaluate);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Evaluations, 1, nameof(options));
        Check(study, options);
        var rows = new List<StudyEntry>();
        while (rows.Count < options.Evaluations)
        {
            var asked = searcher.Ask();
            if (asked.Count == 0) break;
            var batch = asked.Take(options.Evaluations - rows.Count).ToList();
            var entries = new StudyEntry?[batch.Count];
            int[] order = [.. Order(batch)];
            while (Work(entries, batch, order, rows.Count))
            {
                // What is left is in the hands of other processes.
                cancellation.WaitHandle.WaitOne(options.PollInterval);
                cancellation.ThrowIfCancellationRequested();
            }

            rows.AddRange(entries!);
            if (batch.Count == asked.Count) searcher.Tell([.. entries.Select(entry => entry!.Evaluate(options.Objectives, options.Constraints))]);
        }

        return rows;

        // What is known already, then the others as they were arranged.
        IEnumerable<int> Order(List<Candidate> batch)
        {
            if (options.Arrange is null) return Enumerable.Range(0, batch.Count);
            var isKnown = batch.ToLookup(candidate => study.Find(candidate) is not null);
            List<int> open = [.. Enumerable.Range(0, batch.Count).Where(i => isKnown[false].Contains(batch[i]))];
            var arranged = options.Arrange(rows, [.. open.Select(i => batch[i])]);
            return Enumerable.Range(0, batch.Count).Except(open).Concat(arranged.Select(i => open[i]));
        }

        bool Work(StudyEntry?[] entries, List<Candidate> batch, int[] order, int before)
        {
            foreach (var i in order)
            {
                if (entries[i] is not null) continue;
                cancellation.ThrowIfCancellationRequested();
                var known = study.Find(batch[i]);
                if (known is null && study.TryClaim(batch[i]))
                {
                    study.Complete(Evaluate(study, batch[i], evaluate, options, cancellation));
                    entries[i] = study.Find(batch[i]);
                }
                else
                {
                    entries[i] = known;
                }

                if (entries[i] is { } entry) options.Progress?.Invoke(new StudyProgress(before + entries.Count(one => one is not null), options.Evaluations, entry, known is not null));
            }

            return entries.Any(entry => entry is null);
        }
    }

    private static StudyEntry Evaluate(
        Study study, Candidate candidate, Func<Candidate, CancellationToken, IReadOnlyDictionary<string, double>> evaluate, StudyRunOptions options, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        IReadOnlyDictionary<string, double> metrics = new Dictionary<string, double>();
        string? failure = null;
        try
        {
            metrics = evaluate(candidate, cancellation);
            var wrong = study.Description.Metrics.FirstOrDefault(metric => !metrics.TryGetValue(metric, out var value) || !double.IsFinite(value));
            if (wrong is not null) failure = metrics.TryGetValue(wrong, out var found) ? $"{wrong} is {found}" : $"{wrong} was not measured";
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            study.Release(candidate);
            throw;
        }
        catch (Exception e)
        {
            failure = $"{e.GetType().Name}: {e.Message}";
        }

        return new StudyEntry { Candidate = candidate, Metrics = metrics, Failure = failure, Searcher = options.Searcher, Seed = options.Seed, Seconds = clock.Elapsed.TotalSeconds };
    }

    private static void Check(Study study, StudyRunOptions options)
    {
        if (options.Objectives.Count == 0) throw new ArgumentException("a search needs at least one objective", nameof(options));
        foreach (var metric in options.Objectives.Select(objective => objective.Metric).Concat(options.Constraints.Select(constraint => constraint.Metric)))
        {
            if (!study.Description.Metrics.Contains(metric))
                throw new ArgumentException($"{metric} is not measured in this study, which has {string.Join(", ", study.Description.Metrics)}", nameof(options));
        }
    }
}
