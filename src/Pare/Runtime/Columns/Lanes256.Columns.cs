using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Interleaving works inside every 16 bytes, so rows are laid down for it: of each 16 bytes, four belong to each of the four results.</summary>
internal readonly unsafe partial struct Lanes256 : IColumnLanes<Vector256<byte>>
{
    public static int Place(int row) => row % 8 / 4 * 16 + row / 8 * 4 + row % 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(Vector256<byte> a, Vector256<byte> b, Vector256<byte> c, Vector256<byte> d, out Vector256<byte> w0, out Vector256<byte> w1, out Vector256<byte> w2, out Vector256<byte> w3)
    {
        var lowFirst = Avx2.UnpackLow(a, b).AsUInt16();
        var highFirst = Avx2.UnpackHigh(a, b).AsUInt16();
        var lowLast = Avx2.UnpackLow(c, d).AsUInt16();
        var highLast = Avx2.UnpackHigh(c, d).AsUInt16();
        w0 = Avx2.UnpackLow(lowFirst, lowLast).AsByte();
        w1 = Avx2.UnpackHigh(lowFirst, lowLast).AsByte();
        w2 = Avx2.UnpackLow(highFirst, highLast).AsByte();
        w3 = Avx2.UnpackHigh(highFirst, highLast).AsByte();
    }
}
