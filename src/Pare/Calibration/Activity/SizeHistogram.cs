namespace Pare.Calibration;

/// <summary>How often numbers have which size |x|: 64 bins for every factor of two from 2⁻⁴⁰ to 2²⁴, so that any quantile is known to 1.6 %; zeros are counted by themselves.</summary>
internal sealed class SizeHistogram
{
    private const int MantissaBits = 6;
    private const int BinsPerOctave = 1 << MantissaBits;
    private const int LeastExponent = -40;
    private const int Octaves = 64;
    private const int Shift = 23 - MantissaBits;
    private const int FirstBin = (127 + LeastExponent) << MantissaBits;
    private readonly long[] _counts = new long[Octaves * BinsPerOctave];
    private double _sum;
    private double _squares;
    private float _largest;

    /// <summary>Numbers seen.</summary>
    public long Count { get; private set; }

    /// <summary>Those that are exactly zero.</summary>
    public long Zeros { get; private set; }

    /// <summary>Those below zero.</summary>
    public long Negative { get; private set; }

    /// <summary>Σ x / n.</summary>
    public double Mean => _sum / Count;

    /// <summary>√(Σ x² / n).</summary>
    public double RootMeanSquare => Math.Sqrt(_squares / Count);

    /// <summary>max |x|.</summary>
    public float Largest => _largest;

    /// <summary>Whether all numbers were finite.</summary>
    public bool IsFinite => double.IsFinite(_squares);

    /// <summary>Adds numbers.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        double sum = 0, squares = 0;
        foreach (var x in values)
        {
            sum += x;
            squares += (double)x * x;
            var bits = BitConverter.SingleToUInt32Bits(x) & 0x7FFFFFFF;
            if (bits == 0)
            {
                Zeros++;
                continue;
            }

            if (x < 0) Negative++;
            _largest = Math.Max(_largest, Math.Abs(x));
            _counts[Math.Clamp((int)(bits >> Shift) - FirstBin, 0, _counts.Length - 1)]++;
        }

        (_sum, _squares, Count) = (_sum + sum, _squares + squares, Count + values.Length);
    }

    /// <summary>The size that a share of the numbers is below, to within a bin: linear in its bin.</summary>
    /// <param name="level">From 0 to 1.</param>
    public double Quantile(double level)
    {
        var rest = level * Count - Zeros;
        if (rest <= 0) return 0;
        for (var bin = 0; bin < _counts.Length; bin++)
        {
            if (rest <= _counts[bin] && _counts[bin] > 0) return Lower(bin) + (Upper(bin) - Lower(bin)) * rest / _counts[bin];
            rest -= _counts[bin];
        }

        return _largest;
    }

    /// <summary>The share of the numbers with |x| below a size, to within a bin.</summary>
    public double ShareBelow(double size)
    {
        if (!(size > 0)) return 0;
        double below = Zeros;
        for (var bin = 0; bin < _counts.Length && Lower(bin) < size; bin++)
        {
            if (_counts[bin] > 0) below += _counts[bin] * Math.Min(1, (size - Lower(bin)) / (Upper(bin) - Lower(bin)));
        }

        return below / Count;
    }

    /// <summary>The share that the smallest numbers have in Σ x²: what would be lost with them. Squares are those of the bins' middles.</summary>
    /// <param name="level">Share of the numbers, from 0 to 1.</param>
    public double EnergyBelow(double level)
    {
        var rest = level * Count - Zeros;
        double below = 0, all = 0;
        for (var bin = 0; bin < _counts.Length; bin++)
        {
            var middle = (Lower(bin) + Upper(bin)) / 2;
            all += _counts[bin] * middle * middle;
            below += Math.Clamp(rest, 0, _counts[bin]) * middle * middle;
            rest -= _counts[bin];
        }

        return all > 0 ? below / all : 0;
    }

    /// <summary>The powers of two from below the smallest number on to above the largest, with the share of the numbers below each; empty where all are zero.</summary>
    public IReadOnlyList<SizeShare> Curve()
    {
        var used = Enumerable.Range(0, Octaves).Where(octave => _counts.AsSpan(octave * BinsPerOctave, BinsPerOctave).ContainsAnyExcept(0)).ToArray();
        if (used.Length == 0) return [];
        var below = Zeros;
        for (var octave = 0; octave < used[0]; octave++) below += Sum(octave);
        var curve = new List<SizeShare> { new(Math.ScaleB(1, used[0] + LeastExponent), (double)below / Count) };
        for (var octave = used[0]; octave <= used[^1]; octave++)
        {
            below += Sum(octave);
            curve.Add(new SizeShare(Math.ScaleB(1, octave + 1 + LeastExponent), (double)below / Count));
        }

        return curve;
    }

    private long Sum(int octave)
    {
        long sum = 0;
        foreach (var count in _counts.AsSpan(octave * BinsPerOctave, BinsPerOctave)) sum += count;
        return sum;
    }

    // The first bin takes all that is smaller, the last all that is larger.
    private static double Lower(int bin) => bin == 0 ? 0 : BitConverter.UInt32BitsToSingle((uint)(bin + FirstBin) << Shift);

    private double Upper(int bin) => Math.Min(_largest, bin == _counts.Length - 1 ? _largest : BitConverter.UInt32BitsToSingle((uint)(bin + 1 + FirstBin) << Shift));
}
