using Pare.Reports.Plots;

namespace Pare.Reports;

/// <summary>A section of a report: texts, figures, tables and plots in the order in which they were added.</summary>
public sealed class ReportSection
{
    private readonly List<Action<MarkupWriter>> _blocks = [];
    private readonly Func<string> _nextId;

    internal ReportSection(string heading, Func<string> nextId)
    {
        Heading = heading;
        _nextId = nextId;
    }

    /// <summary>Heading of the section.</summary>
    public string Heading { get; }

    /// <summary>Adds a paragraph.</summary>
    /// <param name="paragraph">Plain text.</param>
    /// <returns>This section.</returns>
    public ReportSection Text(string paragraph)
    {
        ArgumentNullException.ThrowIfNull(paragraph);
        _blocks.Add(writer => writer.Element("p", paragraph));
        return this;
    }

    /// <summary>Adds a paragraph that must not be overlooked.</summary>
    /// <param name="paragraph">Plain text.</param>
    /// <returns>This section.</returns>
    public ReportSection Warning(string paragraph)
    {
        ArgumentNullException.ThrowIfNull(paragraph);
        _blocks.Add(writer => writer.Element("p", paragraph, ("class", "warning")));
        return this;
    }

    /// <summary>Adds figures side by side.</summary>
    /// <param name="figures">The figures, most important first.</param>
    /// <returns>This section.</returns>
    public ReportSection Figures(params IEnumerable<ReportFigure> figures)
    {
        var list = figures.ToArray();
        _blocks.Add(writer =>
        {
            writer.Open("dl", ("class", "figures"));
            foreach (var figure in list)
            {
                writer.Open("div");
                writer.Element("dt", figure.Name);
                writer.Element("dd", figure.Value, ("class", "value"));
                if (figure.Note.Length > 0) writer.Element("dd", figure.Note, ("class", "note"));
                writer.Close();
            }

            writer.Close();
        });
        return this;
    }

    /// <summary>Adds a table.</summary>
    /// <param name="table">The table; rows added to it later are shown too.</param>
    /// <returns>This section.</returns>
    public ReportSection Table(ReportTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        _blocks.Add(table.WriteTo);
        return this;
    }

    /// <summary>Adds a table that is folded away until the reader opens it.</summary>
    /// <param name="summary">The line that stays visible.</param>
    /// <param name="table">The table.</param>
    /// <returns>This section.</returns>
    public ReportSection Folded(string summary, ReportTable table)
    {
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(table);
        _blocks.Add(writer =>
        {
            writer.Open("details");
            writer.Element("summary", summary);
            table.WriteTo(writer);
            writer.Close();
        });
        return this;
    }

    /// <summary>Adds a plot.</summary>
    /// <param name="plot">The plot.</param>
    /// <returns>This section.</returns>
    public ReportSection Plot(Plot plot)
    {
        ArgumentNullException.ThrowIfNull(plot);
        var id = _nextId();
        _blocks.Add(writer =>
        {
            writer.Open("figure");
            plot.WriteTo(writer, id);
            writer.Element("figcaption", plot.Title);
            writer.Close();
        });
        return this;
    }

    internal void WriteTo(MarkupWriter writer)
    {
        writer.Open("section");
        writer.Element("h2", Heading);
        foreach (var block in _blocks) block(writer);
        writer.Close();
    }
}
