namespace Pare.Reports.Plots;

/// <summary>A plot that becomes inline SVG, with a title and a description that screen readers speak.</summary>
public abstract class Plot
{
    /// <summary>Width of every plot in its own units (about pixels on a wide screen).</summary>
    internal const double Width = 880;

    private protected Plot(string title, string description)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(title);
        ArgumentNullException.ThrowIfNull(description);
        Title = title;
        Description = description;
    }

    /// <summary>What the plot shows; set below it.</summary>
    public string Title { get; }

    /// <summary>What the plot shows in words, for readers who do not see it; may be empty.</summary>
    public string Description { get; }

    /// <summary>The plot as an SVG element of its own, for a page that is not an <see cref="HtmlReport"/> (its colours come from CSS classes).</summary>
    /// <param name="id">Prefix of the element ids, unique in the page.</param>
    /// <returns>An svg element.</returns>
    public string Render(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        var writer = new MarkupWriter();
        WriteTo(writer, id);
        return writer.ToString();
    }

    internal void WriteTo(MarkupWriter writer, string id)
    {
        writer.Open("div", ("class", "scroll"));
        writer.Open("svg", ("viewBox", $"0 0 {MarkupWriter.Number(Width)} {MarkupWriter.Number(Height)}"), ("role", "img"), ("aria-labelledby", $"{id}-title {id}-text"));
        writer.Element("title", Title, ("id", id + "-title"));
        writer.Element("desc", Description, ("id", id + "-text"));
        Draw(writer);
        writer.Close();
        writer.Close();
    }

    /// <summary>Height in the units of <see cref="Width"/>.</summary>
    internal abstract double Height { get; }

    /// <summary>Draws everything but title and description.</summary>
    internal abstract void Draw(MarkupWriter writer);
}
