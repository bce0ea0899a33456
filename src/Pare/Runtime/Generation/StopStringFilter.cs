namespace Pare.Runtime;

/// <summary>Finds stop strings in a text that comes in pieces, and holds back what may become one.</summary>
internal sealed class StopStringFilter
{
    private readonly string[] _stops;
    private string _held = "";

    public StopStringFilter(IReadOnlyList<string> stops)
    {
        foreach (var stop in stops)
        {
            if (string.IsNullOrEmpty(stop)) throw new ArgumentException("a stop string is empty; give at least one character", nameof(stops));
        }

        _stops = [.. stops];
    }

    /// <summary>Whether a stop string was reached.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Adds a piece and returns the text that certainly lies before any stop string.</summary>
    public string Append(string piece)
    {
        if (_stops.Length == 0) return piece;
        if (Stopped) return "";
        var text = _held + piece;
        var end = -1;
        foreach (var stop in _stops)
        {
            var at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (end < 0 || at < end)) end = at;
        }

        if (end >= 0)
        {
            Stopped = true;
            _held = "";
            return text[..end];
        }

        var hold = _stops.Max(stop => OverlapLength(text, stop));
        _held = text[^hold..];
        return text[..^hold];
    }

    /// <summary>What was held back and, with the text at its end, is no stop string.</summary>
    public string Flush()
    {
        var text = _held;
        _held = "";
        return text;
    }

    /// <summary>Length of the longest end of a text that begins a stop string.</summary>
    private static int OverlapLength(string text, string stop)
    {
        for (var length = Math.Min(text.Length, stop.Length - 1); length > 0; length--)
        {
            if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length))) return length;
        }

        return 0;
    }
}
