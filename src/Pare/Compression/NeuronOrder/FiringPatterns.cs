using System.Numerics;

namespace Pare.Compression;

/// <summary>Which neurons fired at which tokens: a row of bits for each neuron.</summary>
internal sealed class FiringPatterns
{
    private readonly ulong[] _bits;
    private readonly int _words;

    /// <param name="neurons">Neurons.</param>
    /// <param name="tokens">Tokens.</param>
    public FiringPatterns(int neurons, int tokens)
    {
        (Neurons, Tokens, _words) = (neurons, tokens, (tokens + 63) / 64);
        _bits = new ulong[(long)neurons * _words];
    }

    /// <summary>Neurons.</summary>
    public int Neurons { get; }

    /// <summary>Tokens.</summary>
    public int Tokens { get; }

    /// <summary>Says that a neuron fired at a token.</summary>
    public void Set(int neuron, int token) => _bits[neuron * _words + token / 64] |= 1UL << token % 64;

    /// <summary>Groups of neighbours: each fires where any of its neurons does.</summary>
    /// <param name="order">Neurons in the order in which they lie.</param>
    /// <param name="size">Neurons of a group; the last may have fewer.</param>
    public FiringPatterns Grouped(ReadOnlySpan<int> order, int size)
    {
        var groups = new FiringPatterns((order.Length + size - 1) / size, Tokens);
        for (var i = 0; i < order.Length; i++) Unite(groups._bits.AsSpan(i / size * _words, _words), Row(order[i]));
        return groups;
    }

    /// <summary>Share of all pairs of a neuron and a token at which it fired.</summary>
    public double Share => (double)_bits.Sum(word => (long)BitOperations.PopCount(word)) / ((long)Neurons * Tokens);

    /// <summary>An order in which groups of neighbours fire at few tokens: each group begins with the neuron left that fires most, and takes one after another the one whose tokens are most like the group's (Jaccard).</summary>
    /// <param name="size">Neurons of a group.</param>
    public int[] Order(int size)
    {
        var counts = Enumerable.Range(0, Neurons).Select(neuron => Count(Row(neuron))).ToArray();
        var left = Enumerable.Range(0, Neurons).OrderByDescending(neuron => counts[neuron]).ToList();
        var order = new List<int>(Neurons);
        var union = new ulong[_words];
        while (left.Count > 0)
        {
            Row(left[0]).CopyTo(union);
            order.Add(left[0]);
            left.RemoveAt(0);
            for (var i = 1; i < size && left.Count > 0; i++)
            {
                var (best, most) = (0, -1.0);
                var whole = Count(union);
                for (var j = 0; j < left.Count; j++)
                {
                    var common = Common(union, Row(left[j]));
                    // Neurons that never fire are alike.
                    var either = whole + counts[left[j]] - common;
                    var likeness = either == 0 ? 1 : (double)common / either;
                    if (likeness > most) (best, most) = (j, likeness);
                }

                Unite(union, Row(left[best]));
                order.Add(left[best]);
                left.RemoveAt(best);
            }
        }

        return [.. order];
    }

    private ReadOnlySpan<ulong> Row(int neuron) => _bits.AsSpan(neuron * _words, _words);

    private static int Count(ReadOnlySpan<ulong> row)
    {
        var count = 0;
        foreach (var word in row) count += BitOperations.PopCount(word);
        return count;
    }

    private static int Common(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        var count = 0;
        for (var i = 0; i < a.Length; i++) count += BitOperations.PopCount(a[i] & b[i]);
        return count;
    }

    private static void Unite(Span<ulong> union, ReadOnlySpan<ulong> row)
    {
        for (var i = 0; i < union.Length; i++) union[i] |= row[i];
    }
}
