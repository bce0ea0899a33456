using System.Runtime.InteropServices;

namespace Pare.Training;

/// <summary>The tokens of all training text, one after another, and the ranges of them that are read but not learned.</summary>
internal sealed class TokenSequence
{
    private readonly List<(int Start, int End)> _context = [];

    /// <summary>The tokens.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>The ranges that are not learned: ascending, apart from each other.</summary>
    public IReadOnlyList<(int Start, int End)> Context => _context;

    /// <summary>The tokens.</summary>
    public ReadOnlySpan<int> Span => CollectionsMarshal.AsSpan(Ids);

    /// <summary>Marks tokens from the last mark's end on as read but not learned.</summary>
    public void AddContext(int start, int end)
    {
        if (end > start) _context.Add((start, end));
    }

    /// <summary>Sets the targets to −1 that are not learned.</summary>
    /// <param name="start">Index of the token that is the first target.</param>
    /// <param name="targets">The targets, token after token.</param>
    public void Mask(int start, Span<int> targets)
    {
        var end = start + targets.Length;
        for (var i = FirstEndingAfter(start); i < _context.Count && _context[i].Start < end; i++)
        {
            var from = Math.Max(_context[i].Start, start);
            targets[(from - start)..(Math.Min(_context[i].End, end) - start)].Fill(-1);
        }
    }

    private int FirstEndingAfter(int token)
    {
        var (low, high) = (0, _context.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_context[middle].End > token) high = middle;
            else low = middle + 1;
        }

        return low;
    }
}
