namespace Pare.Formats.Numbers;

/// <summary>Whole numbers from 0 to 2^bits − 1 that stand for scale · (q − zero): the min-max grid of GPTQ's published code.</summary>
/// <param name="Scale">Distance of two numbers; positive.</param>
/// <param name="Zero">The q that stands for 0; it lies in the grid.</param>
/// <param name="Bits">1 to 8.</param>
public readonly record struct AsymmetricGrid(float Scale, int Zero, int Bits)
{
    /// <summary>The largest q.</summary>
    public int Levels => (1 << Bits) - 1;

    /// <summary>The grid over the values' range, widened to hold 0; values that are all 0 get the range from −1 to 1.</summary>
    /// <param name="values">Finite numbers.</param>
    /// <param name="bits">1 to 8.</param>
    /// <returns>The grid.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is not from 1 to 8.</exception>
    public static AsymmetricGrid Of(ReadOnlySpan<float> values, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 8);
        float least = 0, largest = 0;
        foreach (var value in values)
        {
            least = MathF.Min(least, value);
            largest = MathF.Max(largest, value);
        }

        if (least == 0 && largest == 0) (least, largest) = (-1, 1);
        var scale = (largest - least) / ((1 << bits) - 1);
        return new AsymmetricGrid(scale, (int)MathF.Round(-least / scale), bits);
    }

    /// <summary>The nearest q, ties to even, within the grid.</summary>
    /// <param name="value">A finite number.</param>
    /// <returns>From 0 to <see cref="Levels"/>.</returns>
    public byte Encode(float value) => (byte)Math.Clamp(MathF.Round(value / Scale) + Zero, 0, Levels);

    /// <summary>scale · (q − zero).</summary>
    /// <param name="code">q.</param>
    /// <returns>The number.</returns>
    public float Decode(byte code) => Scale * (code - Zero);

    /// <summary>The nearest number of the grid.</summary>
    /// <param name="value">A number.</param>
    /// <returns>The number, scale · (q − zero); NaN stays NaN, so that it is not stored unseen.</returns>
    public float Round(float value) => Scale * (Math.Clamp(MathF.Round(value / Scale) + Zero, 0, Levels) - Zero);
}
