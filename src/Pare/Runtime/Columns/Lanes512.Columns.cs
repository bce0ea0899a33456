using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Interleaving works inside every 16 bytes, so rows are laid down for it: of each 16 bytes, four belong to each of the four results.</summary>
internal readonly unsafe partial struct Lanes512 : IColumnLanes<Vector512<byte>>
{
    public static int Place(int row) => row % 16 / 4 * 16 + row / 16 * 4 + row % 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(Vector512<byte> a, Vector512<byte> b, Vector512<byte> c, Vector512<byte> d, out Vector512<byte> w0, out Vector512<byte> w1, out Vector512<byte> w2, out Vector512<byte> w3)
    {
        var lowFirst = Avx512BW.UnpackLow(a, b).AsUInt16();
        var highFirst = Avx512BW.UnpackHigh(a, b).AsUInt16();
        var lowLast = Avx512BW.UnpackLow(c, d).AsUInt16();
        var highLast = Avx512BW.UnpackHigh(c, d).AsUInt16();
        w0 = Avx512BW.UnpackLow(lowFirst, lowLast).AsByte();
        w1 = Avx512BW.UnpackHigh(lowFirst, lowLast).AsByte();
        w2 = Avx512BW.UnpackLow(highFirst, highLast).AsByte();
        w3 = Avx512BW.UnpackHigh(highFirst, highLast).AsByte();
    }
}
