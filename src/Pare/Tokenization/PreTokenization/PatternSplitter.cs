namespace Pare.Tokenization;

/// <summary>Cuts a text by any pattern: the general way, for patterns without a scanner of their own.</summary>
internal sealed class PatternSplitter(TextPattern pattern, SplitBehavior behavior, bool invert) : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, EncodeState state, int next)
    {
        var parts = Part(text);
        if (behavior == SplitBehavior.MergedWithNext) parts.Reverse();
        var merged = Merge(parts);
        if (behavior == SplitBehavior.MergedWithNext) merged.Reverse();
        foreach (var (start, end) in merged) state.Emit(text[start..end], next);
    }

    private List<(int Start, int End, bool IsMatch)> Part(ReadOnlySpan<char> text)
    {
        var parts = new List<(int, int, bool)>();
        var at = 0;
        foreach (var (start, end) in pattern.Matches(text))
        {
            if (start > at) parts.Add((at, start, invert));
            if (end > start) parts.Add((start, end, !invert));
            at = end;
        }

        if (at < text.Length) parts.Add((at, text.Length, invert));
        return parts;
    }

    private List<(int Start, int End)> Merge(List<(int Start, int End, bool IsMatch)> parts)
    {
        var merged = new List<(int Start, int End)>(parts.Count);
        var lastWasMatch = false;
        foreach (var (start, end, isMatch) in parts)
        {
            var joins = behavior switch
            {
                SplitBehavior.MergedWithPrevious or SplitBehavior.MergedWithNext => isMatch && !lastWasMatch,
                SplitBehavior.Contiguous => isMatch == lastWasMatch,
                _ => false,
            };
            if (joins && merged.Count > 0)
            {
                var last = merged[^1];
                merged[^1] = (Math.Min(last.Start, start), Math.Max(last.End, end));
            }
            else if (behavior != SplitBehavior.Removed || !isMatch)
            {
                merged.Add((start, end));
            }

            lastWasMatch = isMatch;
        }

        return merged;
    }
}
