using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Rows lie in order: a vector is what interleaving works in.</summary>
internal readonly unsafe partial struct Lanes128 : IColumnLanes<Vector128<byte>>
{
    public static int Place(int row) => row;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c, Vector128<byte> d, out Vector128<byte> w0, out Vector128<byte> w1, out Vector128<byte> w2, out Vector128<byte> w3)
    {
        var (lowFirst, highFirst) = (Low(a, b).AsUInt16(), High(a, b).AsUInt16());
        var (lowLast, highLast) = (Low(c, d).AsUInt16(), High(c, d).AsUInt16());
        if (Sse2.IsSupported)
        {
            w0 = Sse2.UnpackLow(lowFirst, lowLast).AsByte();
            w1 = Sse2.UnpackHigh(lowFirst, lowLast).AsByte();
            w2 = Sse2.UnpackLow(highFirst, highLast).AsByte();
            w3 = Sse2.UnpackHigh(highFirst, highLast).AsByte();
            return;
        }

        w0 = (Vector128.WidenLower(lowFirst) | Vector128.WidenLower(lowLast) << 16).AsByte();
        w1 = (Vector128.WidenUpper(lowFirst) | Vector128.WidenUpper(lowLast) << 16).AsByte();
        w2 = (Vector128.WidenLower(highFirst) | Vector128.WidenLower(highLast) << 16).AsByte();
        w3 = (Vector128.WidenUpper(highFirst) | Vector128.WidenUpper(highLast) << 16).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Low(Vector128<byte> first, Vector128<byte> second) =>
        Sse2.IsSupported ? Sse2.UnpackLow(first, second) : (Vector128.WidenLower(first) | Vector128.WidenLower(second) << 8).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> High(Vector128<byte> first, Vector128<byte> second) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(first, second) : (Vector128.WidenUpper(first) | Vector128.WidenUpper(second) << 8).AsByte();
}
