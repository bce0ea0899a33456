using System.Globalization;
using Pare.Formats;

namespace Pare.Reports;

/// <summary>
/// One self-contained HTML page: tables and inline SVG plots, no scripts, no network; light or dark as the reader's system asks.
/// Everything put into it is plain text and is escaped.
/// </summary>
public sealed class HtmlReport
{
    private readonly List<ReportSection> _sections = [];
    private int _plots;

    /// <summary>Creates a page without sections.</summary>
    /// <param name="title">Heading and title of the page.</param>
    /// <param name="subtitle">One line below the heading; may be empty.</param>
    public HtmlReport(string title, string subtitle = "")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(title);
        ArgumentNullException.ThrowIfNull(subtitle);
        Title = title;
        Subtitle = subtitle;
    }

    /// <summary>Heading of the page.</summary>
    public string Title { get; }

    /// <summary>One line below the heading; may be empty.</summary>
    public string Subtitle { get; }

    /// <summary>Last line of the page (who wrote it, when, with what command); may be empty.</summary>
    public string Footer { get; set; } = "";

    /// <summary>Adds a section at the end.</summary>
    /// <param name="heading">Its heading.</param>
    /// <returns>The section, to be filled.</returns>
    public ReportSection Section(string heading)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(heading);
        var section = new ReportSection(heading, () => "plot" + (++_plots).ToString(CultureInfo.InvariantCulture));
        _sections.Add(section);
        return section;
    }

    /// <summary>The page as text; the same content always gives the same bytes.</summary>
    /// <returns>An HTML document.</returns>
    public string Render()
    {
        var writer = new MarkupWriter();
        writer.Verbatim("<!DOCTYPE html>\n");
        writer.Open("html", ("lang", "en"));
        writer.Open("head");
        writer.Empty("meta", ("charset", "utf-8"));
        writer.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
        writer.Empty("meta", ("name", "color-scheme"), ("content", "light dark"));
        writer.Element("title", Title);
        writer.Open("style");
        writer.Verbatim(ReportStyle.Css);
        writer.Close();
        writer.Close();
        writer.Open("body");
        writer.Open("header");
        writer.Element("h1", Title);
        if (Subtitle.Length > 0) writer.Element("p", Subtitle);
        writer.Close();
        writer.Open("main");
        foreach (var section in _sections) section.WriteTo(writer);
        writer.Close();
        if (Footer.Length > 0) writer.Element("footer", Footer);
        writer.Close();
        writer.Close();
        return writer.ToString();
    }

    /// <summary>Writes the page to a file, which appears whole or not at all.</summary>
    /// <param name="path">Path of the file; an existing one is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.WriteText(path, Render());
    }
}
