using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Calibration;

/// <summary>Records which neurons of a block are active at the tokens of the windows as they are, and compares those of changed windows with them.</summary>
internal sealed unsafe class PatternRecorder : IActivationStage
{
    private const int FarthestDistance = 256;
    private readonly ActivationSite _site;
    private readonly float _threshold;
    private readonly int _samples;
    private readonly int _length;
    private readonly ChangedWindows _changed;
    private readonly IReadOnlyList<double> _shares;
    private readonly BitRows _row;
    private readonly SimilaritySum[,] _changes;
    private readonly Action _seen;
    private int _window;

    // How a position of a changed window is counted, besides among all.
    private enum Kind
    {
        First,
        Before,
        Unchanged,
        Changed,
        All,
    }

    /// <param name="site">The site that is looked at.</param>
    /// <param name="neurons">Its channels.</param>
    /// <param name="threshold">What is smaller is inactive.</param>
    /// <param name="samples">Windows as they are, which come first.</param>
    /// <param name="changed">All windows.</param>
    /// <param name="shares">Shares of tokens that were changed in them.</param>
    /// <param name="seen">Called after every window.</param>
    public PatternRecorder(ActivationSite site, int neurons, float threshold, int samples, ChangedWindows changed, IReadOnlyList<double> shares, Action seen)
    {
        (_site, _threshold, _samples, _length, _changed, _shares, _seen) = (site, threshold, samples, changed.All.Window, changed, shares, seen);
        Patterns = new BitRows(checked(samples * _length), neurons);
        _row = new BitRows(1, neurons);
        _changes = new SimilaritySum[shares.Count, Enum.GetValues<Kind>().Length];
        for (var i = 0; i < shares.Count; i++)
            for (var kind = 0; kind < _changes.GetLength(1); kind++) _changes[i, kind] = new SimilaritySum(neurons);
    }

    /// <summary>The active neurons of each token of the windows as they are.</summary>
    public BitRows Patterns { get; }

    public bool Acts(int layer, ActivationSite site) => site == _site;

    public void Apply(int layer, ActivationSite site, float* values, int tokens, int channels)
    {
        if (_window < _samples)
        {
            for (var t = 0; t < tokens; t++) Fill(Patterns[_window * _length + t], new ReadOnlySpan<float>(values + (long)t * channels, channels));
        }
        else
        {
            Compare((_window - _samples) / _samples, _window % _samples, values, channels);
        }

        _window++;
        _seen();
    }

    /// <summary>What was found, with pairs of tokens of different windows compared on the way.</summary>
    /// <param name="block">Index of the block.</param>
    /// <param name="pairs">Pairs of tokens of different windows, counted through all windows.</param>
    /// <param name="jaccards">Receives their Jaccard indices.</param>
    /// <param name="before">The patterns of the block before, or null.</param>
    public BlockPatterns Summarize(int block, IReadOnlyList<(int First, int Second)> pairs, double[] jaccards, BitRows? before)
    {
        var neurons = Patterns.Columns;
        var tokens = new int[Patterns.Rows];
        var fired = new int[neurons];
        for (var t = 0; t < Patterns.Rows; t++)
        {
            tokens[t] = BitRows.Count(Patterns[t]);
            for (var i = 0; i < neurons; i++)
                if (Patterns.Has(t, i)) fired[i]++;
        }

        var unrelated = new SimilaritySum(neurons);
        for (var i = 0; i < pairs.Count; i++) jaccards[i] = unrelated.Add(Patterns[pairs[i].First], Patterns[pairs[i].Second]);
        return new BlockPatterns
        {
            Block = block,
            Neurons = neurons,
            Threshold = _threshold,
            Active = tokens.Average() / neurons,
            LeastActive = (double)tokens.Min() / neurons,
            MostActive = (double)tokens.Max() / neurons,
            NeverActive = (double)fired.Count(count => count == 0) / neurons,
            UsuallyActive = (double)fired.Count(count => count >= 0.9 * tokens.Length) / neurons,
            Distances = Distances(),
            Unrelated = unrelated.Mean(),
            BlockBefore = before?.Columns == neurons ? SameTokens(before) : null,
            Changes = [.. Enumerable.Range(0, _shares.Count).Select(i => new ChangedPatterns(_shares[i], Mean(i, Kind.First), Mean(i, Kind.Before), Mean(i, Kind.Unchanged), Mean(i, Kind.Changed), Mean(i, Kind.All)!))],
        };
    }

    private PatternSimilarity? Mean(int share, Kind kind) => _changes[share, (int)kind].Mean();

    private void Fill(Span<ulong> bits, ReadOnlySpan<float> x)
    {
        bits.Clear();
        for (var i = 0; i < x.Length; i++)
            if (x[i] != 0 && Math.Abs(x[i]) >= _threshold) bits[i / 64] |= 1UL << i % 64;
    }

    private void Compare(int share, int window, float* values, int channels)
    {
        var isChanged = new bool[_length];
        foreach (var position in _changed.Positions(share, window)) isChanged[position] = true;
        var first = Array.IndexOf(isChanged, true);
        for (var t = 0; t < _length; t++)
        {
            Fill(_row[0], new ReadOnlySpan<float>(values + (long)t * channels, channels));
            var kind = t == 0 ? Kind.First : t < first ? Kind.Before : isChanged[t] ? Kind.Changed : Kind.Unchanged;
            _changes[share, (int)kind].Add(Patterns[window * _length + t], _row[0]);
            _changes[share, (int)Kind.All].Add(Patterns[window * _length + t], _row[0]);
        }
    }

    private List<DistantPatterns> Distances()
    {
        var result = new List<DistantPatterns>();
        for (var distance = 1; distance < _length && distance <= FarthestDistance; distance *= 2)
        {
            var sum = new SimilaritySum(Patterns.Columns);
            for (var start = 0; start < Patterns.Rows; start += _length)
                for (var t = start; t + distance < start + _length; t++) sum.Add(Patterns[t], Patterns[t + distance]);
            result.Add(new DistantPatterns(distance, sum.Mean()!));
        }

        return result;
    }

    private PatternSimilarity? SameTokens(BitRows before)
    {
        var sum = new SimilaritySum(Patterns.Columns);
        for (var t = 0; t < Patterns.Rows; t++) sum.Add(before[t], Patterns[t]);
        return sum.Mean();
    }
}
