namespace Pare.Tokenization;

/// <summary>Tokens that SentencePiece calls unused: they take part in merging and are taken apart into their two halves afterwards.</summary>
internal sealed class UnusedTokens
{
    private readonly Dictionary<int, (int Left, int Right)> _halves = [];

    /// <summary>Number of tokens.</summary>
    public int Count => _halves.Count;

    /// <summary>Notes that the token is the merge of two others; the halves that merge first are kept.</summary>
    public void Add(int id, int left, int right) => _halves.TryAdd(id, (left, right));

    /// <summary>Appends the usable parts of a token, or reports that the token is not an unused one.</summary>
    public bool TryEmit(int id, List<int> ids)
    {
        if (!_halves.TryGetValue(id, out var halves)) return false;
        if (!TryEmit(halves.Left, ids)) ids.Add(halves.Left);
        if (!TryEmit(halves.Right, ids)) ids.Add(halves.Right);
        return true;
    }
}
