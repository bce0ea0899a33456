using System.Globalization;
using System.Text;

namespace Pare.Reports;

/// <summary>Writes HTML and inline SVG; every text and every attribute goes through the escape, and open elements are closed in order.</summary>
internal sealed class MarkupWriter
{
    private readonly StringBuilder _text = new();
    private readonly Stack<string> _open = new();

    /// <summary>Opens an element.</summary>
    public void Open(string tag, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Start(tag, attributes);
        _text.Append('>');
        _open.Push(tag);
    }

    /// <summary>Closes the innermost open element.</summary>
    public void Close() => _text.Append("</").Append(_open.Pop()).Append(">\n");

    /// <summary>An element that holds a text alone.</summary>
    public void Element(string tag, string text, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Open(tag, attributes);
        Text(text);
        Close();
    }

    /// <summary>An element without content: an SVG shape, or one of HTML's void elements.</summary>
    public void Empty(string tag, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Start(tag, attributes);
        _text.Append("/>\n");
    }

    /// <summary>Text, escaped.</summary>
    public void Text(string text) => AppendEscaped(text);

    /// <summary>A constant of the program, written as it is (the style sheet, the document type).</summary>
    public void Verbatim(string markup) => _text.Append(markup);

    /// <summary>What was written.</summary>
    public override string ToString() => _open.Count == 0 ? _text.ToString() : throw new InvalidOperationException($"<{_open.Peek()}> was not closed");

    /// <summary>A coordinate: at most two decimals, never in exponent form.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private void Start(string tag, ReadOnlySpan<(string Name, string Value)> attributes)
    {
        _text.Append('<').Append(tag);
        foreach (var (name, value) in attributes)
        {
            _text.Append(' ').Append(name).Append("=\"");
            AppendEscaped(value);
            _text.Append('"');
        }
    }

    private void AppendEscaped(string text)
    {
        foreach (var rune in text.EnumerateRunes())   // a lone surrogate arrives here as U+FFFD
        {
            switch (rune.Value)
            {
                case '&': _text.Append("&amp;"); break;
                case '<': _text.Append("&lt;"); break;
                case '>': _text.Append("&gt;"); break;
                case '"': _text.Append("&quot;"); break;
                case '\'': _text.Append("&#39;"); break;
                case < ' ' and not '\n' and not '\t': _text.Append('\uFFFD'); break;
                default: _text.Append(rune); break;
            }
        }
    }
}
