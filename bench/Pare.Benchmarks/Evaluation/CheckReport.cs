namespace Pare.Benchmarks.Evaluation;

/// <summary>A Markdown report that is written line by line, so that a long check that is stopped leaves what it has found.</summary>
internal sealed class CheckReport(string? path)
{
    /// <summary>Comparisons outside their tolerance.</summary>
    public int Failures { get; private set; }

    public void Table(string title, params string[] columns)
    {
        Line("");
        Line($"## {title}");
        Line("");
        Row(columns);
        Row([.. columns.Select(_ => "---")]);
    }

    public void Row(params string[] cells) => Line($"| {string.Join(" | ", cells)} |");

    /// <summary>A cell that says whether a difference is inside its tolerance.</summary>
    public string Verdict(bool agrees)
    {
        if (!agrees) Failures++;
        return agrees ? "agrees" : "**differs**";
    }

    private void Line(string line)
    {
        Console.WriteLine(line);
        if (path is not null) File.AppendAllText(path, line + "\n");
    }
}
