using System.Text.Json.Nodes;
using Pare.Reports;

namespace Pare.Cli.Output;

/// <summary>Writes a command's results, for people or as JSON, and shows its progress.</summary>
internal sealed class ResultWriter(Terminal terminal, bool json, bool quiet)
{
    public bool IsJson => json;

    public bool IsQuiet => quiet;

    public Terminal Terminal => terminal;

    /// <summary>Standard output of a command whose results are for people.</summary>
    public TextWriter Output => terminal.Output;

    public void Json(JsonObject value) => JsonText.Write(value, terminal.Output);

    public void Line(string text = "") => terminal.Output.WriteLine(text);

    public void Table(ReportTable table) => TextTable.Write(table, terminal.Output);

    /// <summary>A remark that is no result, on standard error.</summary>
    public void Note(string text)
    {
        if (!quiet) terminal.Error.WriteLine(text);
    }

    /// <summary>Does work that may take long, showing how far it is.</summary>
    /// <typeparam name="T">Its result.</typeparam>
    /// <param name="title">What is done.</param>
    /// <param name="work">The work; it reports its steps.</param>
    /// <returns>The result.</returns>
    public T Progress<T>(string title, Func<IProgressLine, T> work)
    {
        if (quiet) return work(new SilentProgress());
        if (terminal.IsInteractive) return LiveProgress.Run(title, work);
        return work(new PlainProgress(title, terminal.Error, TimeProvider.System));
    }
}
