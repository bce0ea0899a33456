namespace Pare.Formats;

/// <summary>How the numbers of a stored tensor are written: a plain type, one of the GGUF block formats, or (a number beyond the named ones) a <see cref="Sparse.SparseFormat"/>.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary64.</summary>
    F64,
    /// <summary>IEEE 754 binary32.</summary>
    F32,
    /// <summary>IEEE 754 binary16.</summary>
    F16,
    /// <summary>The upper half of a binary32 (bfloat16).</summary>
    BF16,
    /// <summary>8-bit float, 4 exponent and 3 mantissa bits (OCP E4M3, no infinities).</summary>
    F8E4M3,
    /// <summary>8-bit float, 5 exponent and 2 mantissa bits (OCP E5M2).</summary>
    F8E5M2,
    /// <summary>64-bit signed integer.</summary>
    I64,
    /// <summary>32-bit signed integer.</summary>
    I32,
    /// <summary>16-bit signed integer.</summary>
    I16,
    /// <summary>8-bit signed integer.</summary>
    I8,
    /// <summary>64-bit unsigned integer.</summary>
    U64,
    /// <summary>32-bit unsigned integer.</summary>
    U32,
    /// <summary>16-bit unsigned integer.</summary>
    U16,
    /// <summary>8-bit unsigned integer.</summary>
    U8,
    /// <summary>Truth value in a byte.</summary>
    Bool,
    /// <summary>Blocks of 32: one F16 scale, 4-bit values offset by 8.</summary>
    Q4_0,
    /// <summary>Blocks of 32: F16 scale and minimum, 4-bit values.</summary>
    Q4_1,
    /// <summary>Blocks of 32: one F16 scale, 5-bit values offset by 16.</summary>
    Q5_0,
    /// <summary>Blocks of 32: F16 scale and minimum, 5-bit values.</summary>
    Q5_1,
    /// <summary>Blocks of 32: one F16 scale, signed 8-bit values.</summary>
    Q8_0,
    /// <summary>Super-blocks of 256: 16 groups with 4-bit scales and minima, 2-bit values.</summary>
    Q2_K,
    /// <summary>Super-blocks of 256: 16 groups with 6-bit scales, 3-bit values.</summary>
    Q3_K,
    /// <summary>Super-blocks of 256: 8 groups with 6-bit scales and minima, 4-bit values.</summary>
    Q4_K,
    /// <summary>Super-blocks of 256: 8 groups with 6-bit scales and minima, 5-bit values.</summary>
    Q5_K,
    /// <summary>Super-blocks of 256: 16 groups with 8-bit scales, 6-bit values.</summary>
    Q6_K,
    /// <summary>Blocks of 32: one F16 scale, 4-bit indices into a fixed non-linear table.</summary>
    IQ4_NL,
}
