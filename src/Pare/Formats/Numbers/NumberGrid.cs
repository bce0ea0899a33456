namespace Pare.Formats.Numbers;

/// <summary>Rounding to a <see cref="NumberFormat"/> and back, to the bit: nearest, ties to even, and the largest number beyond it.</summary>
/// <remarks>
/// A code has <see cref="Bits"/> bits; whole numbers with a sign are two's complement. Signed grids are symmetric, so the code of −2^(bits − 1) is never written;
/// it decodes as that number. E2M1, E4M3: OCP Microscaling Formats (MX) 1.0 and OCP 8-bit Floating Point 1.0.
/// </remarks>
public sealed class NumberGrid
{
    private static readonly NumberGrid[] s_grids = [.. Enum.GetValues<NumberFormat>().Select(format => new NumberGrid(format))];

    private readonly float[] _values = new float[256];
    private readonly Minifloat _float;
    private readonly int _least;

    private NumberGrid(NumberFormat format)
    {
        Format = format;
        Bits = format switch { NumberFormat.Int4 or NumberFormat.Fp4 => 4, NumberFormat.Int3 => 3, NumberFormat.Int2 => 2, _ => 8 };
        IsSigned = format < NumberFormat.UInt8;
        _float = format switch
        {
            NumberFormat.Fp8 => new Minifloat(4, 3, 7, IsSigned: true, HasNaN: true),
            NumberFormat.Fp4 => new Minifloat(2, 1, 1, IsSigned: true, HasNaN: false),
            NumberFormat.UFp8E4M4 => new Minifloat(4, 4, 7, IsSigned: false, HasNaN: false),
            NumberFormat.UFp8E6M2 => new Minifloat(6, 2, 31, IsSigned: false, HasNaN: false),
            _ => default,
        };
        IsFloat = _float.MantissaBits > 0;
        var whole = IsSigned ? (1 << Bits - 1) - 1 : (1 << Bits) - 1;
        _least = IsSigned ? -whole : 0;
        for (var code = 0; code < 256; code++)
            _values[code] = IsFloat ? _float.Decode(code) : IsSigned ? code << 32 - Bits >> 32 - Bits : code & whole;
        Largest = IsFloat ? _values[Encode(float.MaxValue)] : whole;
    }

    /// <summary>The format.</summary>
    public NumberFormat Format { get; }

    /// <summary>Bits of a code.</summary>
    public int Bits { get; }

    /// <summary>Whether there are negative numbers.</summary>
    public bool IsSigned { get; }

    /// <summary>Whether distances grow with the numbers.</summary>
    public bool IsFloat { get; }

    /// <summary>The largest number.</summary>
    public float Largest { get; }

    /// <summary>The grid of a format.</summary>
    /// <param name="format">The format.</param>
    /// <returns>The grid.</returns>
    public static NumberGrid Of(NumberFormat format) => s_grids[(int)format];

    /// <summary>The code of the nearest number, ties to the even code.</summary>
    /// <param name="value">A number; infinities give the largest, and what is no number E4M3's code for that, else 0.</param>
    /// <returns>The code, in the low <see cref="Bits"/> bits.</returns>
    public byte Encode(float value)
    {
        if (IsFloat) return _float.Encode(value);
        var whole = float.IsNaN(value) ? 0 : (int)Math.Clamp(MathF.Round(value), _least, Largest);
        return (byte)(whole & (1 << Bits) - 1);
    }

    /// <summary>The number of a code.</summary>
    /// <param name="code">The code; bits in front are not looked at.</param>
    /// <returns>The number, exact.</returns>
    public float Decode(byte code) => _values[code];

    /// <summary>The nearest number.</summary>
    /// <param name="value">A number.</param>
    /// <returns>The number of its code.</returns>
    public float Round(float value) => _values[Encode(value)];
}
