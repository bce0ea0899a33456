using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Picking by places: a shuffle inside every 16 bytes, all of which hold the same activations.</summary>
internal readonly unsafe partial struct Lanes512 : ISparseLanes<Vector512<byte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Fill(uint lane) => Vector512.Create(lane).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Gather8(byte* x, Vector512<byte> places) => Shuffle(Vector512.Create(*(long*)x).AsByte(), places);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Gather16(byte* x, Vector512<byte> places) => Shuffle(Vector512.Create(Vector128.Load(x)), places);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Gather32(byte* x, Vector512<byte> places) =>
        Vector512.ConditionalSelect(Vector512.Create(0x0000FFFFu).AsByte(), Gather16(x, places), Gather16(x + 16, places));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> LookUp(Vector128<byte> table, Vector512<byte> nibbles) => Shuffle(Vector512.Create(table), nibbles);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> LowPair(Vector512<byte> bytes, int pair) => (bytes.AsUInt16() >>> 2 * pair).AsByte() & Vector512.Create((byte)3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> MultiplySigned(Vector512<byte> left, Vector512<byte> right)
    {
        var negated = Vector512.ConditionalSelect(Vector512.LessThan(right.AsSByte(), Vector512<sbyte>.Zero), -left.AsSByte(), left.AsSByte());
        return MultiplyBytes(Avx512BW.Abs(right.AsSByte()), negated.AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Subtract16(Vector512<byte> left, Vector512<byte> right) => (left.AsInt16() - right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> ScalePairs(byte* source) => Avx512BW.ConvertToVector512Int16(Vector256.Load(source)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Lower16(Vector512<byte> pairs) => Shuffle(pairs, Vector512.Create(Vector128.Create(0x01000100u, 0x05040504u, 0x09080908u, 0x0D0C0D0Cu).AsByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Upper16(Vector512<byte> pairs) => Shuffle(pairs, Vector512.Create(Vector128.Create(0x03020302u, 0x07060706u, 0x0B0A0B0Au, 0x0F0E0F0Eu).AsByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Shuffle(Vector512<byte> table, Vector512<byte> places) => Avx512BW.Shuffle(table, places);
}
