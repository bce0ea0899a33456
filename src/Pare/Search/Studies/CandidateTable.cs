using System.Globalization;
using System.Text;
using Pare.Formats;

namespace Pare.Search;

/// <summary>All candidates of a study as tab-separated values, for spreadsheets and scripts.</summary>
public static class CandidateTable
{
    /// <summary>Writes the table.</summary>
    /// <param name="study">The study.</param>
    /// <param name="path">The file; replaced if it exists. A line a candidate behind a line of names: number, the value of each dimension (empty where it means nothing), each metric, searcher, seconds, and why it could not be measured.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(Study study, string path)
    {
        ArgumentNullException.ThrowIfNull(study);
        var (space, metrics) = (study.Description.Space, study.Description.Metrics);
        var lines = new StringBuilder();
        Add(lines, ["number", .. space.Dimensions.Select(dimension => dimension.Name), .. metrics, "searcher", "seconds", "failure"]);
        foreach (var entry in study.Entries())
        {
            Add(lines, [
                entry.Number.ToString(CultureInfo.InvariantCulture),
                .. Enumerable.Range(0, space.Dimensions.Count).Select(i => space.IsActive(entry.Candidate, i) ? space.TextAt(entry.Candidate, i) : ""),
                .. metrics.Select(metric => entry.Metrics.TryGetValue(metric, out var value) ? value.ToString("R", CultureInfo.InvariantCulture) : ""),
                entry.Searcher,
                entry.Seconds.ToString("F3", CultureInfo.InvariantCulture),
                entry.Failure ?? "",
            ]);
        }

        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    private static void Add(StringBuilder lines, IEnumerable<string> cells) => lines.AppendJoin('\t', cells.Select(cell => cell.ReplaceLineEndings(" ").Replace('\t', ' '))).Append('\n');
}
