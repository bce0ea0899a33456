namespace Pare.Training;

/// <summary>Consecutive rows or columns of a larger map that a smaller one consists of.</summary>
/// <param name="Start">First of them.</param>
/// <param name="Count">How many.</param>
internal readonly record struct Segment(int Start, int Count)
{
    /// <summary>The fewest segments that give these indices in order.</summary>
    public static Segment[] Of(ReadOnlySpan<int> indices)
    {
        var segments = new List<Segment>();
        for (var i = 0; i < indices.Length;)
        {
            var end = i + 1;
            while (end < indices.Length && indices[end] == indices[end - 1] + 1) end++;
            segments.Add(new Segment(indices[i], end - i));
            i = end;
        }

        return [.. segments];
    }
}
