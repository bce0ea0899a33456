using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>One row at a time, in plain arithmetic: the definition of <see cref="ILanes{TVector}"/>.</summary>
internal readonly unsafe partial struct LanesScalar : ILanes<uint>
{
    public static int Rows => 1;

    public static uint Ones16 => 0x00010001;

    public static uint Load(byte* source) => *(uint*)source;

    public static uint Broadcast(byte* source) => *(uint*)source;

    public static void Store(uint value, float* destination) => *destination = Float(value);

    public static void Prefetch(byte* address)
    {
    }

    public static uint Xor(uint left, uint right) => left ^ right;

    public static uint Or(uint left, uint right) => left | right;

    public static uint LowNibbles(uint bytes) => bytes & 0x0F0F0F0F;

    public static uint HighNibbles(uint bytes) => bytes >> 4 & 0x0F0F0F0F;

    public static uint BitPair(uint bytes, int pair) => (bytes >> 2 * pair & 0x03030303) << 4;

    public static uint FifthBit(uint bytes, int bit) => (bytes >> bit & 0x01010101) << 4;

    public static uint MultiplyBytes(uint unsigned, uint signed) =>
        Pack(Product(unsigned, signed, 0) + Product(unsigned, signed, 8), Product(unsigned, signed, 16) + Product(unsigned, signed, 24));

    public static uint Add16(uint left, uint right) => Pack((int)left + (int)right, (int)(left >> 16) + (int)(right >> 16));

    public static uint MultiplyPairs(uint left, uint right) => (uint)((short)left * (short)right + (short)(left >> 16) * (short)(right >> 16));

    public static uint Add32(uint left, uint right) => left + right;

    public static uint ToSingle(uint integers) => Bits((int)integers);

    public static uint Add(uint left, uint right) => Bits(Float(left) + Float(right));

    public static uint Multiply(uint left, uint right) => Bits(Float(left) * Float(right));

    public static uint Halves(byte* source) => Bits(HalfConversion.WidenFinite(*(short*)source));

    public static uint Bytes(byte* source) => Bits(*source);

    public static uint Factors(byte* source) => Pack((sbyte)*source, (sbyte)*source);

    private static int Product(uint unsigned, uint signed, int shift) => (byte)(unsigned >> shift) * (sbyte)(byte)(signed >> shift);

    private static uint Pack(int low, int high) => (ushort)low | (uint)high << 16;

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    private static float Float(uint bits) => BitConverter.UInt32BitsToSingle(bits);
}
