using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Cosine and sine of position · frequency for a number of positions.</summary>
internal sealed unsafe class RopeTable : IDisposable
{
    private readonly NativeBuffer<float> _values;
    private readonly int _half;

    /// <summary>Computes the table; angles are rounded to float32 as the models' training rounds them.</summary>
    public RopeTable(RopeConfig rope, int positions)
    {
        var frequencies = RopeFrequencies.Compute(rope, positions, out var factor);
        _half = frequencies.Length;
        _values = new NativeBuffer<float>(2L * _half * positions, zeroed: false);
        var rounded = Array.ConvertAll(frequencies, frequency => (float)frequency);
        for (var position = 0; position < positions; position++)
        {
            var row = _values.Pointer + 2L * _half * position;
            for (var i = 0; i < _half; i++)
            {
                var (sine, cosine) = Math.SinCos(position * rounded[i]);
                row[i] = (float)(cosine * factor);
                row[_half + i] = (float)(sine * factor);
            }
        }
    }

    /// <summary>Turns the pairs (i, i + D/2) of each of <paramref name="heads"/> heads of one token in place.</summary>
    /// <param name="vector">[heads · head size].</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="headSize">Channels of a head.</param>
    /// <param name="position">Position of the token.</param>
    public void Apply(float* vector, int heads, int headSize, int position) => Turn(vector, heads, headSize, position, 1);

    /// <summary>The same for heads that have some of the pairs: channels (i, i + p) turn as pair pairs[i] does.</summary>
    /// <param name="vector">[heads · head size].</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="headSize">Channels of a head.</param>
    /// <param name="position">Position of the token.</param>
    /// <param name="pairs">[groups · p].</param>
    /// <param name="perGroup">Heads that follow each other with the same pairs.</param>
    public void Apply(float* vector, int heads, int headSize, int position, ReadOnlySpan<int> pairs, int perGroup)
    {
        var cosine = _values.Pointer + 2L * _half * position;
        var sine = cosine + _half;
        var count = pairs.Length / (heads / perGroup);
        for (var head = 0; head < heads; head++, vector += headSize)
        {
            var own = pairs.Slice(head / perGroup * count, count);
            for (var i = 0; i < count; i++)
            {
                var (x, y, pair) = (vector[i], vector[i + count], own[i]);
                vector[i] = x * cosine[pair] - y * sine[pair];
                vector[i + count] = y * cosine[pair] + x * sine[pair];
            }
        }
    }

    /// <summary>The transpose of <see cref="Apply(float*, int, int, int)"/>: takes the gradient of what it gave to the gradient of what it read.</summary>
    /// <param name="vector">[heads · head size].</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="headSize">Channels of a head.</param>
    /// <param name="position">Position of the token.</param>
    public void ApplyTransposed(float* vector, int heads, int headSize, int position) => Turn(vector, heads, headSize, position, -1);

    public void Dispose() => _values.Dispose();

    // Direction −1 turns back; a product with ±1 is exact.
    private void Turn(float* vector, int heads, int headSize, int position, float direction)
    {
        var cosine = _values.Pointer + 2L * _half * position;
        var sine = cosine + _half;
        for (var head = 0; head < heads; head++, vector += headSize)
        {
            for (var i = 0; i < _half; i++)
            {
                var x = vector[i];
                var y = vector[i + _half];
                var s = direction * sine[i];
                vector[i] = x * cosine[i] - y * s;
                vector[i + _half] = y * cosine[i] + x * s;
            }
        }
    }
}
