using Pare.Numerics;

namespace Pare.Training;

/// <summary>The random order in which training goes through windows: every epoch takes each window once, in an order of its own.</summary>
/// <remarks>
/// The window of a sample is a function of the count, the seed and the sample's number alone, the same on every machine, so a run that goes on needs to know only the number.
/// The order of one epoch is kept: asking back and forth between epochs is slow. Not for use by several threads at once.
/// </remarks>
public sealed class SampleOrder
{
    private readonly int[] _order;
    private readonly ulong _base;
    private long _epoch = -1;

    /// <summary>Makes the order.</summary>
    /// <param name="count">Number of windows, at least 1.</param>
    /// <param name="seed">Any number; different seeds give unrelated orders.</param>
    /// <exception cref="ArgumentOutOfRangeException">No windows.</exception>
    public SampleOrder(int count, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _order = new int[count];
        // The seed is scattered first: else epoch 1 of one seed were epoch 0 of the next.
        _base = new SeededRandom(seed).NextUInt64();
    }

    /// <summary>The window that a sample reads.</summary>
    /// <param name="sample">Number of the sample, counted from 0 through all epochs.</param>
    /// <returns>Index of the window, from 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A negative number.</exception>
    public int WindowOf(long sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        var (epoch, place) = Math.DivRem(sample, _order.Length);
        if (epoch != _epoch)
        {
            for (var i = 0; i < _order.Length; i++) _order[i] = i;
            new SeededRandom(_base + (ulong)epoch).Shuffle<int>(_order);
            _epoch = epoch;
        }

        return _order[place];
    }
}
