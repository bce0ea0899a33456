namespace Pare.Formats.Numbers;

/// <summary>A set of at most 256 numbers that values are rounded to before scales are applied.</summary>
public enum NumberFormat
{
    /// <summary>Whole numbers from −127 to 127.</summary>
    Int8,
    /// <summary>Whole numbers from −7 to 7.</summary>
    Int4,
    /// <summary>Whole numbers from −3 to 3.</summary>
    Int3,
    /// <summary>−1, 0 and 1.</summary>
    Int2,
    /// <summary>OCP E4M3: 4 exponent and 3 mantissa bits, bias 7, up to ±448, no infinities.</summary>
    Fp8,
    /// <summary>OCP E2M1: ±0, 0.5, 1, 1.5, 2, 3, 4, 6.</summary>
    Fp4,
    /// <summary>Whole numbers from 0 to 255, for scales.</summary>
    UInt8,
    /// <summary>Unsigned, 4 exponent and 4 mantissa bits, bias 7, up to 496, for scales.</summary>
    UFp8E4M4,
    /// <summary>Unsigned, 6 exponent and 2 mantissa bits, bias 31, up to 1.75 · 2³², for scales.</summary>
    UFp8E6M2,
}
