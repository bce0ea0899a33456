using System.Numerics;

namespace Pare.Tokenization;

/// <summary>The merges of a BPE model: (left id, right id) to (rank, id of the merged token), in one open-addressed table.</summary>
/// <remarks>A lower rank merges first. Ids may lie above the vocabulary: such an id names a character that only occurs inside tokens.</remarks>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue;

    private ulong[] _keys;
    private ulong[] _values;
    private int _mask;

    public MergeTable(int expected)
    {
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, expected * 2L));
        _keys = new ulong[capacity];
        _values = new ulong[capacity];
        _keys.AsSpan().Fill(Empty);
        _mask = capacity - 1;
    }

    /// <summary>Number of merges.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a merge; of two merges of the same pair the first stays.</summary>
    public void Add(int left, int right, int rank, int merged)
    {
        if ((Count + 1) * 2 > _keys.Length) Grow();
        var key = Key(left, right);
        var slot = Slot(key, _mask);
        while (_keys[slot] != Empty)
        {
            if (_keys[slot] == key) return;
            slot = (slot + 1) & _mask;
        }

        _keys[slot] = key;
        _values[slot] = ((ulong)(uint)rank << 32) | (uint)merged;
        Count++;
    }

    /// <summary>Rank of a pair, or <see cref="int.MaxValue"/> where the pair does not merge.</summary>
    public int Find(int left, int right, out int merged)
    {
        var keys = _keys;
        var key = Key(left, right);
        var slot = Slot(key, _mask);
        while ((uint)slot < (uint)keys.Length)
        {
            var found = keys[slot];
            if (found == key)
            {
                var value = _values[slot];
                merged = (int)(uint)value;
                return (int)(value >> 32);
            }

            if (found == Empty) break;
            slot = (slot + 1) & _mask;
        }

        merged = -1;
        return int.MaxValue;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private static int Slot(ulong key, int mask) => (int)((key * 0x9E3779B97F4A7C15UL) >> 32) & mask;

    private void Grow()
    {
        var (keys, values) = (_keys, _values);
        _keys = new ulong[checked(keys.Length * 2)];
        _values = new ulong[_keys.Length];
        _keys.AsSpan().Fill(Empty);
        _mask = _keys.Length - 1;
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] == Empty) continue;
            var slot = Slot(keys[i], _mask);
            while (_keys[slot] != Empty) slot = (slot + 1) & _mask;
            _keys[slot] = keys[i];
            _values[slot] = values[i];
        }
    }
}
