using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Picking by places: a shuffle inside every 16 bytes, all of which hold the same activations.</summary>
internal readonly unsafe partial struct Lanes256 : ISparseLanes<Vector256<byte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Fill(uint lane) => Vector256.Create(lane).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Gather8(byte* x, Vector256<byte> places) => Shuffle(Vector256.Create(*(long*)x).AsByte(), places);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Gather16(byte* x, Vector256<byte> places) => Shuffle(Vector256.Create(Vector128.Load(x)), places);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Gather32(byte* x, Vector256<byte> places) =>
        Vector256.ConditionalSelect(Vector256.Create(0x0000FFFFu).AsByte(), Gather16(x, places), Gather16(x + 16, places));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LookUp(Vector128<byte> table, Vector256<byte> nibbles) => Shuffle(Vector256.Create(table), nibbles);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LowPair(Vector256<byte> bytes, int pair) => (bytes.AsUInt16() >>> 2 * pair).AsByte() & Vector256.Create((byte)3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> MultiplySigned(Vector256<byte> left, Vector256<byte> right)
    {
        return MultiplyBytes(Avx2.Abs(right.AsSByte()), Avx2.Sign(left.AsSByte(), right.AsSByte()).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Subtract16(Vector256<byte> left, Vector256<byte> right) => (left.AsInt16() - right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ScalePairs(byte* source) => Avx2.ConvertToVector256Int16(source).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Lower16(Vector256<byte> pairs) => Shuffle(pairs, Vector256.Create(Vector128.Create(0x01000100u, 0x05040504u, 0x09080908u, 0x0D0C0D0Cu).AsByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Upper16(Vector256<byte> pairs) => Shuffle(pairs, Vector256.Create(Vector128.Create(0x03020302u, 0x07060706u, 0x0B0A0B0Au, 0x0F0E0F0Eu).AsByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Shuffle(Vector256<byte> table, Vector256<byte> places) => Avx2.Shuffle(table, places);
}
