using System.Numerics;

namespace Pare.Numerics;

/// <summary>Sets of small whole numbers, one a row, as bits.</summary>
internal sealed class BitRows
{
    private readonly ulong[] _bits;
    private readonly int _words;

    /// <param name="rows">Sets.</param>
    /// <param name="columns">Members are 0 to columns − 1.</param>
    public BitRows(int rows, int columns)
    {
        (Rows, Columns, _words) = (rows, columns, (columns + 63) / 64);
        _bits = new ulong[(long)rows * _words];
    }

    /// <summary>Sets.</summary>
    public int Rows { get; }

    /// <summary>Members are 0 to columns − 1.</summary>
    public int Columns { get; }

    /// <summary>A set's bits; those behind the last column are 0.</summary>
    public Span<ulong> this[int row] => _bits.AsSpan(checked(row * _words), _words);

    /// <summary>Adds a member.</summary>
    public void Set(int row, int column) => this[row][column / 64] |= 1UL << column % 64;

    /// <summary>Whether a set has a member.</summary>
    public bool Has(int row, int column) => (this[row][column / 64] >> column % 64 & 1) != 0;

    /// <summary>Members of all sets together, each counted as often as it occurs.</summary>
    public long Count()
    {
        long count = 0;
        foreach (var word in _bits) count += BitOperations.PopCount(word);
        return count;
    }

    /// <summary>Members of a set.</summary>
    public static int Count(ReadOnlySpan<ulong> set)
    {
        var count = 0;
        foreach (var word in set) count += BitOperations.PopCount(word);
        return count;
    }

    /// <summary>Members that two sets share.</summary>
    public static int Common(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        var count = 0;
        for (var i = 0; i < a.Length; i++) count += BitOperations.PopCount(a[i] & b[i]);
        return count;
    }

    /// <summary>Adds all members of another set to one.</summary>
    public static void Unite(Span<ulong> union, ReadOnlySpan<ulong> set)
    {
        for (var i = 0; i < union.Length; i++) union[i] |= set[i];
    }
}
