using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Picking by places: a shuffle inside every 16 bytes, all of which hold the same activations.</summary>
internal readonly unsafe partial struct Lanes128 : ISparseLanes<Vector128<byte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Fill(uint lane) => Vector128.Create(lane).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Gather8(byte* x, Vector128<byte> places) => Shuffle(Vector128.Create(*(long*)x).AsByte(), places);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Gather16(byte* x, Vector128<byte> places) => Shuffle(Vector128.Load(x), places);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Gather32(byte* x, Vector128<byte> places) =>
        Vector128.ConditionalSelect(Vector128.Create(0x0000FFFFu).AsByte(), Gather16(x, places), Gather16(x + 16, places));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LookUp(Vector128<byte> table, Vector128<byte> nibbles) => Shuffle(table, nibbles);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LowPair(Vector128<byte> bytes, int pair) => (bytes.AsUInt16() >>> 2 * pair).AsByte() & Vector128.Create((byte)3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> MultiplySigned(Vector128<byte> left, Vector128<byte> right)
    {
        if (Ssse3.IsSupported) return MultiplyBytes(Ssse3.Abs(right.AsSByte()), Ssse3.Sign(left.AsSByte(), right.AsSByte()).AsByte());
        var negated = Vector128.ConditionalSelect(Vector128.LessThan(right.AsSByte(), Vector128<sbyte>.Zero), -left.AsSByte(), left.AsSByte());
        return MultiplyBytes(Vector128.Abs(right.AsSByte()).AsByte(), negated.AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Subtract16(Vector128<byte> left, Vector128<byte> right) => (left.AsInt16() - right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ScalePairs(byte* source) => Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)source).AsByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Lower16(Vector128<byte> pairs) => Shuffle(pairs, Vector128.Create(0x01000100u, 0x05040504u, 0x09080908u, 0x0D0C0D0Cu).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Upper16(Vector128<byte> pairs) => Shuffle(pairs, Vector128.Create(0x03020302u, 0x07060706u, 0x0B0A0B0Au, 0x0F0E0F0Eu).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Shuffle(Vector128<byte> table, Vector128<byte> places) => Ssse3.IsSupported ? Ssse3.Shuffle(table, places) : Vector128.Shuffle(table, places);
}
