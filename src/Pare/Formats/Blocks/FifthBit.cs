using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>Bits stored apart from the rest of their levels, as lanes.</summary>
internal static class FifthBit
{
    /// <summary>16 in byte i where bit i of <paramref name="bits"/> is set, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Of16(ushort bits)
    {
        // Each half of the lanes sees its own byte of the bits, then keeps one bit of it.
        var bytes = Vector128.Create((byte)bits * 0x0101010101010101UL, (byte)(bits >> 8) * 0x0101010101010101UL).AsByte();
        var places = Vector128.Create(0x8040201008040201UL).AsByte();
        return Vector128.Equals(bytes & places, places) & Vector128.Create((byte)16);
    }
}
