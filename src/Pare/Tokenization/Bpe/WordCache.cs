namespace Pare.Tokenization;

/// <summary>Ids of the words seen lately. Two arenas and a hash table of fixed size; when one is full, everything is forgotten.</summary>
internal sealed class WordCache
{
    /// <summary>Longest word that is kept, in UTF-16 units.</summary>
    public const int LongestWord = 48;

    private const int Slots = 1 << 16;
    private const int MostWords = Slots / 2;
    private const int CharArena = 1 << 19;
    private const int IdArena = 1 << 18;

    private readonly int[] _slots = new int[Slots];
    private readonly Entry[] _entries = new Entry[MostWords];
    private readonly char[] _chars = new char[CharArena];
    private readonly int[] _ids = new int[IdArena];
    private int _count;
    private int _charCount;
    private int _idCount;

    /// <summary>Finds a word's ids.</summary>
    public bool TryGet(ReadOnlySpan<char> word, int hash, out ReadOnlySpan<int> ids)
    {
        var slot = hash & (Slots - 1);
        while (_slots[slot] != 0)
        {
            ref readonly var entry = ref _entries[_slots[slot] - 1];
            if (entry.Hash == hash && word.SequenceEqual(_chars.AsSpan(entry.CharStart, entry.CharCount)))
            {
                ids = _ids.AsSpan(entry.IdStart, entry.IdCount);
                return true;
            }

            slot = (slot + 1) & (Slots - 1);
        }

        ids = default;
        return false;
    }

    /// <summary>Keeps a word that <see cref="TryGet"/> did not find.</summary>
    public void Add(ReadOnlySpan<char> word, int hash, ReadOnlySpan<int> ids)
    {
        if (ids.Length > IdArena) return;
        if (_count == MostWords || _charCount + word.Length > CharArena || _idCount + ids.Length > IdArena)
        {
            Array.Clear(_slots);
            _count = _charCount = _idCount = 0;
        }

        word.CopyTo(_chars.AsSpan(_charCount));
        ids.CopyTo(_ids.AsSpan(_idCount));
        _entries[_count++] = new Entry(hash, _charCount, word.Length, _idCount, ids.Length);
        _charCount += word.Length;
        _idCount += ids.Length;
        var slot = hash & (Slots - 1);
        while (_slots[slot] != 0) slot = (slot + 1) & (Slots - 1);
        _slots[slot] = _count;
    }

    /// <summary>Hash of a word, seeded per process.</summary>
    public static int Hash(ReadOnlySpan<char> word) => string.GetHashCode(word);

    private readonly record struct Entry(int Hash, int CharStart, int CharCount, int IdStart, int IdCount);
}
