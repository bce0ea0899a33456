namespace Pare.Runtime;

/// <summary>How the inputs of matrices in block formats are multiplied.</summary>
public enum ActivationPrecision
{
    /// <summary>As they are, in float32: nothing is lost but what the weights' format lost. Weights stay mapped in their file.</summary>
    Float32,

    /// <summary>
    /// Quantized to int8 in blocks of 32 with a float32 scale (an error of at most 0.4 % of the largest number of the block), with exact integer products: several times faster.
    /// Matrices in Q8_0, Q6_K, Q5_0, Q4_K, Q4_1, Q4_0 and the sparse formats of int8, fp4 and fewer bits are laid out anew in memory when the engine is made; other formats are multiplied as with <see cref="Float32"/>.
    /// </summary>
    Int8,

    /// <summary>
    /// For sparse formats: rounded to the numbers of the part that they meet, with a scale for each 16 (E2M1 with inliers in fp4, int8 with outliers in int8), as hardware with units for both would do;
    /// simulated in float32. Other formats are multiplied as with <see cref="Float32"/>.
    /// </summary>
    Matched,
}
