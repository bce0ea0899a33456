using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Which neurons fired at which tokens: a set of tokens for each neuron.</summary>
/// <param name="neurons">Neurons.</param>
/// <param name="tokens">Tokens.</param>
internal sealed class FiringPatterns(int neurons, int tokens)
{
    private readonly BitRows _fired = new(neurons, tokens);

    /// <summary>Neurons.</summary>
    public int Neurons => _fired.Rows;

    /// <summary>Tokens.</summary>
    public int Tokens => _fired.Columns;

    /// <summary>Says that a neuron fired at a token.</summary>
    public void Set(int neuron, int token) => _fired.Set(neuron, token);

    /// <summary>Groups of neighbours: each fires where any of its neurons does.</summary>
    /// <param name="order">Neurons in the order in which they lie.</param>
    /// <param name="size">Neurons of a group; the last may have fewer.</param>
    public FiringPatterns Grouped(ReadOnlySpan<int> order, int size)
    {
        var groups = new FiringPatterns((order.Length + size - 1) / size, Tokens);
        for (var i = 0; i < order.Length; i++) BitRows.Unite(groups._fired[i / size], _fired[order[i]]);
        return groups;
    }

    /// <summary>Share of all pairs of a neuron and a token at which it fired.</summary>
    public double Share => (double)_fired.Count() / ((long)Neurons * Tokens);

    /// <summary>An order in which groups of neighbours fire at few tokens: each group begins with the neuron left that fires most, and takes one after another the one whose tokens are most like the group's (Jaccard).</summary>
    /// <param name="size">Neurons of a group.</param>
    public int[] Order(int size)
    {
        var counts = Enumerable.Range(0, Neurons).Select(neuron => BitRows.Count(_fired[neuron])).ToArray();
        var left = Enumerable.Range(0, Neurons).OrderByDescending(neuron => counts[neuron]).ToList();
        var order = new List<int>(Neurons);
        var union = new BitRows(1, Tokens)[0];
        while (left.Count > 0)
        {
            _fired[left[0]].CopyTo(union);
            order.Add(left[0]);
            left.RemoveAt(0);
            for (var i = 1; i < size && left.Count > 0; i++)
            {
                var (best, most) = (0, -1.0);
                var whole = BitRows.Count(union);
                for (var j = 0; j < left.Count; j++)
                {
                    var common = BitRows.Common(union, _fired[left[j]]);
                    // Neurons that never fire are alike.
                    var either = whole + counts[left[j]] - common;
                    var likeness = either == 0 ? 1 : (double)common / either;
                    if (likeness > most) (best, most) = (j, likeness);
                }

                BitRows.Unite(union, _fired[left[best]]);
                order.Add(left[best]);
                left.RemoveAt(best);
            }
        }

        return [.. order];
    }
}
