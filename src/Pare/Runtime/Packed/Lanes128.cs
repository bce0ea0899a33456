using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>4 rows a vector, on any machine with vectors of 128 bits.</summary>
internal readonly unsafe partial struct Lanes128 : ILanes<Vector128<byte>>
{
    public static int Rows => 4;

    public static Vector128<byte> Ones16 => Vector128<short>.One.AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(byte* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Broadcast(byte* source) => Vector128.Create(*(int*)source).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<byte> value, float* destination) => value.AsSingle().Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Xor(Vector128<byte> left, Vector128<byte> right) => left ^ right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Or(Vector128<byte> left, Vector128<byte> right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LowNibbles(Vector128<byte> bytes) => bytes & Vector128.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> HighNibbles(Vector128<byte> bytes) => (bytes.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> BitPair(Vector128<byte> bytes, int pair)
    {
        var moved = pair switch
        {
            0 => (bytes.AsUInt16() << 4).AsByte(),
            1 => (bytes.AsUInt16() << 2).AsByte(),
            2 => bytes,
            _ => (bytes.AsUInt16() >>> 2).AsByte(),
        };
        return moved & Vector128.Create((byte)0x30);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> FifthBit(Vector128<byte> bytes, int bit)
    {
        var moved = bit switch
        {
            < 4 => (bytes.AsUInt16() << (4 - bit)).AsByte(),
            4 => bytes,
            _ => (bytes.AsUInt16() >>> (bit - 4)).AsByte(),
        };
        return moved & Vector128.Create((byte)0x10);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> MultiplyBytes(Vector128<byte> unsigned, Vector128<byte> signed)
    {
        if (Ssse3.IsSupported) return Ssse3.MultiplyAddAdjacent(unsigned, signed.AsSByte()).AsByte();
        var even = (unsigned.AsInt16() & Vector128.Create((short)0xFF)) * (signed.AsInt16() << 8 >> 8);
        var odd = (unsigned.AsUInt16() >>> 8).AsInt16() * (signed.AsInt16() >> 8);
        return (even + odd).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Add16(Vector128<byte> left, Vector128<byte> right) => (left.AsInt16() + right.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> MultiplyPairs(Vector128<byte> left, Vector128<byte> right)
    {
        if (Sse2.IsSupported) return Sse2.MultiplyAddAdjacent(left.AsInt16(), right.AsInt16()).AsByte();
        var even = (left.AsInt32() << 16 >> 16) * (right.AsInt32() << 16 >> 16);
        var odd = (left.AsInt32() >> 16) * (right.AsInt32() >> 16);
        return (even + odd).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Add32(Vector128<byte> left, Vector128<byte> right) => (left.AsInt32() + right.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ToSingle(Vector128<byte> integers) => Vector128.ConvertToSingle(integers.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Add(Vector128<byte> left, Vector128<byte> right) => (left.AsSingle() + right.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Multiply(Vector128<byte> left, Vector128<byte> right) => (left.AsSingle() * right.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Halves(byte* source) => HalfConversion.WidenFinite(Wide((short*)source)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Bytes(byte* source) => Vector128.ConvertToSingle(Wide(source)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Factors(byte* source)
    {
        var wide = Wide((sbyte*)source);
        return ((wide << 16) | (wide & Vector128.Create(0xFFFF))).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Wide(short* source) => Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)source).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Wide(byte* source) => Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(int*)source).AsByte())).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Wide(sbyte* source) => Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(int*)source).AsSByte()));
}
