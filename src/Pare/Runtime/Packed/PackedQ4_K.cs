using System.Runtime.CompilerServices;
using Pare.Formats.Blocks;

namespace Pare.Runtime;

/// <summary>Q4_K: w = (d · s) · q − dmin · m, with bytes s and m for each of a unit's eight groups of 32. They are unpacked from six bits each: 148 bytes for 144.</summary>
internal readonly unsafe struct PackedQ4_K : IPackedFormat
{
    public static int QuantBytes => 16;
    public static int BlocksPerUnit => 8;
    public static int BlockBytes => 2;
    public static bool HasMinimum => true;

    public static bool Pack(byte* stored, int row, int rows, byte* quants, byte* scales)
    {
        ((ushort*)scales)[row] = *(ushort*)stored;
        // The minimum is added by the kernels, and subtracted by the format.
        ((ushort*)scales)[rows + row] = (ushort)(*(ushort*)(stored + 2) ^ 0x8000);
        var (groupScales, groupMinima) = SixBitScales.Unpack(new ReadOnlySpan<byte>(stored + 4, 12));
        var bytes = stackalloc byte[16];
        for (var group = 0; group < 8; group++)
        {
            var block = scales + (4 + 2 * group) * rows;
            block[row] = (byte)(groupScales >> 8 * group);
            block[rows + row] = (byte)(groupMinima >> 8 * group);
            var pairs = stored + 16 + group / 2 * 32;
            var shift = group % 2 * 4;
            for (var i = 0; i < 16; i++) bytes[i] = (byte)((pairs[i] >> shift & 15) | (pairs[i + 16] >> shift & 15) << 4);
            PackedNibbles.Pack(bytes, row, rows, quants + group * 16 * rows);
        }

        return PackedScales.IsFinite(stored) && PackedScales.IsFinite(stored + 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block<TLanes, TVector>(byte* scales, ref TVector scale, ref TVector minimum)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        scale = TLanes.Multiply(scale, TLanes.Bytes(scales));
        minimum = TLanes.Multiply(minimum, TLanes.Bytes(scales + TLanes.Rows));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack<TLanes, TVector>(byte* quants, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged =>
        PackedNibbles.Unpack<TLanes, TVector>(quants, out w0, out w1, out w2, out w3, out w4, out w5, out w6, out w7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, byte* scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged =>
        TLanes.MultiplyPairs(PackedNibbles.Sums16<TLanes, TVector>(x, w0, w1, w2, w3, w4, w5, w6, w7), TLanes.Ones16);
}
