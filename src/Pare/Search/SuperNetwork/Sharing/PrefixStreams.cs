namespace Pare.Search;

/// <summary>Residual streams behind the first blocks of candidates, for other candidates whose first blocks are the same.</summary>
/// <remarks>
/// A batch is planned ahead: its candidates are evaluated in the order of their blocks, so that those with much in common follow each other, and streams are kept behind just those blocks up to which a later one agrees.
/// Memory: windows · length · hidden size · 4 bytes for each, at most <see cref="MostBytes"/> in all; where that is too little, those that nobody of the batch will want any more are let go, then the shallowest, which save least. Not for concurrent use.
/// </remarks>
/// <param name="windows">Number of windows.</param>
/// <param name="length">Tokens of a window.</param>
/// <param name="mostBytes">Most bytes of streams.</param>
internal sealed class PrefixStreams(int windows, int length, long mostBytes = PrefixStreams.MostBytes) : IDisposable
{
    /// <summary>Most bytes of streams that are kept, if nothing else is said.</summary>
    public const long MostBytes = 1L << 30;

    private readonly Dictionary<string, KeptStreams> _kept = [];
    private readonly HashSet<string> _wanted = [];
    private readonly Dictionary<string, string[]> _ahead = [];
    private long _bytes;

    /// <summary>Blocks of windows that were run, and that were not because their streams were there.</summary>
    public (long Run, long Shared) Blocks { get; private set; }

    /// <summary>Plans a batch.</summary>
    /// <param name="paths">For each candidate the names of its blocks; each name says all that the block depends on.</param>
    /// <returns>The order in which to evaluate: indices of candidates.</returns>
    public IReadOnlyList<int> Plan(IReadOnlyList<IReadOnlyList<string>> paths)
    {
        string[][] prefixes = [.. paths.Select(path => Prefixes(path).ToArray())];
        int[] order = [.. Enumerable.Range(0, paths.Count).OrderBy(i => prefixes[i].Length == 0 ? "" : prefixes[i][^1], StringComparer.Ordinal)];
        // Neighbours in this order agree longest, so the depth up to which two agree is the least between neighbours from one to the other.
        _wanted.Clear();
        for (var i = 0; i + 1 < order.Length; i++)
        {
            var (one, next) = (prefixes[order[i]], prefixes[order[i + 1]]);
            var depth = Enumerable.Range(0, Math.Min(one.Length, next.Length)).TakeWhile(level => one[level] == next[level]).Count();
            if (depth > 0) _wanted.Add(one[depth - 1]);
        }

        _ahead.Clear();
        foreach (var path in prefixes.Where(path => path.Length > 0)) _ahead.TryAdd(path[^1], path);
        // What a batch before has left serves this one too where a candidate goes on from it.
        Forget([]);
        return order;
    }

    /// <summary>Begins a candidate.</summary>
    /// <param name="path">Names of its blocks.</param>
    /// <param name="hiddenSize">Channels of its residual stream.</param>
    /// <returns>What it may start from and has to leave.</returns>
    public PrefixRun Begin(IReadOnlyList<string> path, int hiddenSize)
    {
        string[] prefixes = [.. Prefixes(path)];
        var kept = new KeptStreams?[prefixes.Length];
        if (prefixes.Length > 0) _ahead.Remove(prefixes[^1]);
        var bytes = (long)windows * length * hiddenSize * sizeof(float);
        if (_bytes + bytes > mostBytes) Forget(prefixes);
        // From the deepest on: those save most.
        for (var level = prefixes.Length - 1; level >= 0; level--)
        {
            if (_kept.TryGetValue(prefixes[level], out kept[level]) || !_wanted.Contains(prefixes[level])) continue;
            while (_bytes + bytes > mostBytes && _kept.Values.Where(other => other.Level < level && !kept.Contains(other)).MinBy(other => other.Level) is { } shallow) Remove(shallow.Prefix);
            if (_bytes + bytes > mostBytes) continue;
            _kept.Add(prefixes[level], kept[level] = new KeptStreams(prefixes[level], level, windows, length * hiddenSize));
            _bytes += bytes;
        }

        return new PrefixRun(kept, hiddenSize, (run, shared) => Blocks = (Blocks.Run + run, Blocks.Shared + shared));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var streams in _kept.Values) streams.Dispose();
        _kept.Clear();
    }

    // The blocks up to each one, as one name.
    private static IEnumerable<string> Prefixes(IReadOnlyList<string> path)
    {
        var prefix = "";
        foreach (var block in path) yield return prefix += block + "\n";
    }

    // Lets go what neither a candidate nor those ahead can start from.
    private void Forget(string[] current)
    {
        var reachable = _ahead.Values.SelectMany(path => path).Concat(current).ToHashSet();
        foreach (var prefix in _kept.Keys.Where(prefix => !reachable.Contains(prefix)).ToList()) Remove(prefix);
    }

    private void Remove(string prefix)
    {
        _kept.Remove(prefix, out var streams);
        _bytes -= streams!.ByteLength;
        streams.Dispose();
    }
}
