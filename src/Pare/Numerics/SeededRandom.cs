using System.Numerics;

namespace Pare.Numerics;

/// <summary>Random numbers that depend on the seed alone: the same on every machine, in every version.</summary>
/// <remarks>
/// The generator is xoshiro256** (Blackman and Vigna, 2018, arXiv 1805.01407); SplitMix64 expands the seed into its 256 bits of state.
/// Derived numbers use only operations that IEEE 754 fixes to the bit. Not for secrets, not for concurrent use.
/// </remarks>
public sealed class SeededRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;
    private double _spare;
    private bool _hasSpare;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">Any number; different seeds give unrelated sequences.</param>
    public SeededRandom(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <summary>Goes on where <see cref="Save"/> was called.</summary>
    /// <param name="state">What <see cref="Save"/> returned.</param>
    /// <exception cref="ArgumentException">Not such a state.</exception>
    public SeededRandom(ReadOnlySpan<ulong> state)
    {
        if (state.Length != 6 || (state[0] | state[1] | state[2] | state[3]) == 0 || state[4] > 1)
            throw new ArgumentException("a saved state has six words, of which the first four are not all zero and the fifth is 0 or 1", nameof(state));
        (_s0, _s1, _s2, _s3) = (state[0], state[1], state[2], state[3]);
        _hasSpare = state[4] == 1;
        _spare = BitConverter.UInt64BitsToDouble(state[5]);
    }

    /// <summary>The state, from which a new generator goes on.</summary>
    /// <returns>Six words.</returns>
    public ulong[] Save() => [_s0, _s1, _s2, _s3, _hasSpare ? 1UL : 0UL, BitConverter.DoubleToUInt64Bits(_spare)];

    /// <summary>The next 64 random bits.</summary>
    /// <returns>Any 64-bit number, all equally likely.</returns>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number in [0, 1): the upper 53 of the next 64 bits, times 2⁻⁵³.</summary>
    /// <returns>A multiple of 2⁻⁵³.</returns>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number in [0, max), all equally likely (Lemire 2019, arXiv 1805.10941: a product's upper half, with the few unfair draws rejected).</summary>
    /// <param name="max">Upper end, at least 1.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is below 1.</exception>
    public int NextInt(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var range = (ulong)max;
        var high = Math.BigMul(NextUInt64(), range, out var low);
        if (low < range)
        {
            var unfair = (0 - range) % range;
            while (low < unfair) high = Math.BigMul(NextUInt64(), range, out low);
        }

        return (int)high;
    }

    /// <summary>A number from the normal law of mean 0 and variance 1 (Marsaglia's polar method; every second call returns the spare of the one before).</summary>
    /// <returns>The number.</returns>
    public double NextGaussian()
    {
        if (_hasSpare)
        {
            _hasSpare = false;
            return _spare;
        }

        while (true)
        {
            var x = 2 * NextDouble() - 1;
            var y = 2 * NextDouble() - 1;
            var square = x * x + y * y;
            if (square is >= 1 or 0) continue;
            var factor = Math.Sqrt(-2 * Log(square) / square);
            _spare = y * factor;
            _hasSpare = true;
            return x * factor;
        }
    }

    /// <summary>Puts the items into random order, all orders equally likely (Fisher and Yates, from the end).</summary>
    /// <typeparam name="T">Any type.</typeparam>
    /// <param name="items">The items, shuffled in place.</param>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var other = NextInt(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    // ln x = e·ln 2 + 2·artanh((m − 1)/(m + 1)) for x = m·2^e, m in [√½, √2): the library's logarithm may differ between systems in the last bit, this one does not.
    internal static double Log(double x)
    {
        var exponent = Math.ILogB(x);
        var m = Math.ScaleB(x, -exponent);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }

        var f = (m - 1) / (m + 1);
        var square = f * f;
        var sum = 0.0;
        for (var power = 23; power >= 1; power -= 2) sum = sum * square + 1.0 / power;
        return exponent * 0.6931471805599453 + 2 * f * sum;
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
