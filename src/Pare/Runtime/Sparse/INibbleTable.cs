using System.Runtime.Intrinsics;
using Pare.Formats.Numbers;

namespace Pare.Runtime;

/// <summary>Numbers of 4 bits as the kernels multiply them.</summary>
internal interface INibbleTable
{
    /// <summary>The whole number of every code, plus <see cref="NibbleTables.Offset"/>.</summary>
    static abstract Vector128<byte> Numbers { get; }

    /// <summary>What the whole numbers are multiples of.</summary>
    static abstract float Step { get; }
}

/// <summary>What the tables share.</summary>
internal static class NibbleTables
{
    /// <summary>Makes the numbers positive; its products with sums of activations are ready in <see cref="Int8Block.ThirtyTwoFold"/>.</summary>
    public const byte Offset = 32;

    /// <summary>The code of a number in the table of its kind; whole numbers of fewer bits are spread to 4.</summary>
    public static byte Code(NumberGrid grid, byte code) => grid.IsFloat ? code : (byte)((int)grid.Decode(code) & 15);
}
