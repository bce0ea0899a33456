using System.Runtime.InteropServices;

namespace Pare.Tokenization;

/// <summary>How often each pair of neighbouring tokens occurs, kept up to date, with the most frequent at hand.</summary>
/// <remarks>
/// Of equally frequent pairs the one with the smaller left id comes first, then the one with the smaller right id.
/// The queue may hold figures that are out of date: a pair always has an entry at least as high as its count, and one that has fallen is put back when it comes up.
/// </remarks>
internal sealed class PairTable
{
    private readonly Dictionary<ulong, int> _slots = [];
    private readonly List<Pair> _pairs = [];
    private readonly PriorityQueue<int, (long Count, ulong Key)> _queue = new(Comparer<(long Count, ulong Key)>.Create(
        (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Key.CompareTo(b.Key)));

    /// <summary>Counts a pair.</summary>
    /// <param name="left">Id of the first token.</param>
    /// <param name="right">Id of the second.</param>
    /// <param name="count">How often more it occurs; negative for less.</param>
    public void Add(int left, int right, long count) => Find(left, right).Count += count;

    /// <summary>Remembers that a pair occurs in a word.</summary>
    /// <param name="left">Id of the first token.</param>
    /// <param name="right">Id of the second.</param>
    /// <param name="word">The word's number.</param>
    public void AddWord(int left, int right, int word)
    {
        var words = Find(left, right).Words;
        if (words.Count == 0 || words[^1] != word) words.Add(word);
    }

    /// <summary>Puts every pair into the queue.</summary>
    public void EnqueueAll()
    {
        for (var slot = 0; slot < _pairs.Count; slot++) Enqueue(slot);
    }

    /// <summary>Puts a pair whose count has grown into the queue.</summary>
    public void Enqueue(int left, int right) => Enqueue(_slots[Key(left, right)]);

    /// <summary>Takes the most frequent pair.</summary>
    /// <param name="minimum">Least count.</param>
    /// <param name="left">Id of its first token.</param>
    /// <param name="right">Id of its second.</param>
    /// <param name="words">Numbers of the words in which it may occur.</param>
    /// <returns>False where no pair is frequent enough.</returns>
    public bool TryTake(long minimum, out int left, out int right, out List<int> words)
    {
        while (_queue.TryDequeue(out var slot, out var entry))
        {
            ref var pair = ref CollectionsMarshal.AsSpan(_pairs)[slot];
            if (entry.Count != pair.Queued) continue;
            pair.Queued = 0;
            if (pair.Count < entry.Count)
            {
                if (pair.Count >= minimum) Enqueue(slot);
                continue;
            }

            if (pair.Count < minimum) break;
            (left, right, words) = ((int)(entry.Key >> 32), (int)(uint)entry.Key, pair.Words);
            pair.Words = [];
            return true;
        }

        (left, right, words) = (0, 0, []);
        return false;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private void Enqueue(int slot)
    {
        ref var pair = ref CollectionsMarshal.AsSpan(_pairs)[slot];
        if (pair.Count <= pair.Queued) return;
        pair.Queued = pair.Count;
        _queue.Enqueue(slot, (pair.Count, pair.Key));
    }

    private ref Pair Find(int left, int right)
    {
        ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_slots, Key(left, right), out var exists);
        if (!exists)
        {
            slot = _pairs.Count;
            _pairs.Add(new Pair { Key = Key(left, right), Words = [] });
        }

        return ref CollectionsMarshal.AsSpan(_pairs)[slot];
    }

    private struct Pair
    {
        public ulong Key;
        public long Count;
        public long Queued;
        public List<int> Words;
    }
}
