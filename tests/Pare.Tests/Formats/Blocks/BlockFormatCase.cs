using Pare.Formats;
using Pare.Formats.Blocks;

namespace Pare.Tests.Formats.Blocks;

/// <summary>What the contract tests know of a block format beside its name. Listing one here covers it.</summary>
/// <param name="Type">The format.</param>
/// <param name="StructBytes">Size of its struct.</param>
/// <param name="Length">Elements per block, as the struct says.</param>
/// <param name="Scalar">The scalar definition over consecutive blocks.</param>
/// <param name="Definition">The layout read in double precision, independent of the product: the number, and the sum of the magnitudes it is made of.</param>
/// <param name="ErrorShare">Largest error of writing and reading numbers of a block, as a share of the largest magnitude in it.</param>
/// <param name="Stable">Whether writing again what was read gives the same bytes, always.</param>
internal sealed record BlockFormatCase(
    ElementType Type, int StructBytes, int Length, BlockFormatCase.Decode Scalar, BlockFormatCase.Define Definition, double ErrorShare, bool Stable)
{
    public delegate void Decode(ReadOnlySpan<byte> source, Span<float> destination);

    public delegate (double Value, double Magnitude)[] Define(ReadOnlySpan<byte> block);

    // A symmetric format of levels −n to n − 1 loses a whole step, 1/n, at the end opposite to the extreme; one with a minimum half a step of the range, 2 of the magnitude;
    // a signed byte half a step of 1/127. F16 scales add 2⁻¹¹ (twice, with a minimum). Groups of super-blocks round their scales to the coarsest of 16 or 8 and may clip
    // at the extreme where that lowers the squared error: three halves of a step, of 2/levels, cover both.
    public static BlockFormatCase[] All { get; } =
    [
        Of<BlockQ4_0>(BlockDefinitions.Q4_0, 1 / 8.0 + 1 / 1024.0, stable: true),
        Of<BlockQ4_1>(BlockDefinitions.Q4_1, 1 / 15.0 + 2 / 1024.0, stable: false),
        Of<BlockQ5_0>(BlockDefinitions.Q5_0, 1 / 16.0 + 1 / 1024.0, stable: true),
        Of<BlockQ5_1>(BlockDefinitions.Q5_1, 1 / 31.0 + 2 / 1024.0, stable: false),
        Of<BlockQ8_0>(BlockDefinitions.Q8_0, 0.5 / 127 + 1 / 1024.0, stable: true),
        Of<BlockIQ4_NL>(BlockDefinitions.IQ4_NL, 0.2, stable: false),
        Of<BlockQ2_K>(BlockDefinitions.Q2_K, 3.0 / 4, stable: false),
        Of<BlockQ3_K>(BlockDefinitions.Q3_K, 3.0 / 8, stable: false),
        Of<BlockQ4_K>(BlockDefinitions.Q4_K, 3.0 / 16, stable: false),
        Of<BlockQ5_K>(BlockDefinitions.Q5_K, 3.0 / 32, stable: false),
        Of<BlockQ6_K>(BlockDefinitions.Q6_K, 3.0 / 64, stable: false),
    ];

    public static BlockFormatCase For(ElementType type) => All.Single(format => format.Type == type);

    private static unsafe BlockFormatCase Of<TBlock>(Define definition, double errorShare, bool stable)
        where TBlock : unmanaged, IBlockFormat<TBlock> =>
        new(TBlock.Type, sizeof(TBlock), TBlock.Length, BlockTraversal<TBlock>.DequantizeScalar, definition, errorShare, stable);
}
