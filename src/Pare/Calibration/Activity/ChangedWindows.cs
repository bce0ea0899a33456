using Pare.Evaluation;
using Pare.Numerics;

namespace Pare.Calibration;

/// <summary>Windows of which some tokens are replaced by random ones of the same text; what a smaller share changes, a larger one changes too.</summary>
internal sealed class ChangedWindows
{
    private readonly int[][] _orders;
    private readonly int _length;
    private readonly IReadOnlyList<double> _shares;

    /// <param name="windows">The windows as they are.</param>
    /// <param name="shares">Shares of the tokens that are changed.</param>
    /// <param name="vocabulary">Tokens that the model knows.</param>
    /// <param name="random">Chooses positions and tokens.</param>
    public ChangedWindows(TokenWindows windows, IReadOnlyList<double> shares, int vocabulary, SeededRandom random)
    {
        (_length, _shares) = (windows.Window, shares);
        _orders = new int[windows.Count][];
        var replaced = new int[windows.Count][];
        for (var w = 0; w < windows.Count; w++)
        {
            _orders[w] = [.. Enumerable.Range(0, _length)];
            random.Shuffle<int>(_orders[w]);
            replaced[w] = new int[_length];
            for (var p = 0; p < _length; p++) replaced[w][p] = Other(windows.All, windows[w][p], vocabulary, random);
        }

        var tokens = new List<int>();
        for (var share = 0; share < shares.Count; share++)
        {
            for (var w = 0; w < windows.Count; w++)
            {
                var changed = windows[w].ToArray();
                foreach (var position in Positions(share, w)) changed[position] = replaced[w][position];
                tokens.AddRange(changed);
            }
        }

        All = windows.With([.. tokens]);
    }

    /// <summary>The windows as they are, and then, share by share, those with changes.</summary>
    public TokenWindows All { get; }

    /// <summary>The positions that are changed.</summary>
    /// <param name="share">Index of the share.</param>
    /// <param name="window">Index of the window.</param>
    public ReadOnlySpan<int> Positions(int share, int window) => _orders[window].AsSpan(0, Math.Max(1, (int)Math.Round(_shares[share] * _length)));

    // By their frequency in the text; a text of a single token has none, and the vocabulary's next serves.
    private static int Other(ReadOnlySpan<int> text, int token, int vocabulary, SeededRandom random)
    {
        for (var attempt = 0; attempt < 64; attempt++)
        {
            if (text[random.NextInt(text.Length)] is var other && other != token) return other;
        }

        return (token + 1) % vocabulary;
    }
}
