using System.Runtime.Intrinsics;

namespace Pare.Runtime;

/// <summary>The definition of <see cref="ISparseLanes{TVector}"/>.</summary>
internal readonly unsafe partial struct LanesScalar : ISparseLanes<uint>
{
    public static uint Fill(uint lane) => lane;

    public static uint Gather8(byte* x, uint places) => Gather16(x, places);

    public static uint Gather16(byte* x, uint places) =>
        x[(byte)places] | (uint)x[(byte)(places >> 8)] << 8 | (uint)x[(byte)(places >> 16)] << 16 | (uint)x[places >> 24] << 24;

    public static uint Gather32(byte* x, uint places) => (Gather16(x, places) & 0x0000FFFF) | (Gather16(x + 16, places) & 0xFFFF0000);

    public static uint LookUp(Vector128<byte> table, uint nibbles) => Gather16((byte*)&table, nibbles);

    public static uint LowPair(uint bytes, int pair) => bytes >> 2 * pair & 0x03030303;

    public static uint MultiplySigned(uint left, uint right) =>
        Pack(SignedProduct(left, right, 0) + SignedProduct(left, right, 8), SignedProduct(left, right, 16) + SignedProduct(left, right, 24));

    public static uint Subtract16(uint left, uint right) => Pack((int)left - (int)right, (int)(left >> 16) - (int)(right >> 16));

    public static uint ScalePairs(byte* source) => Pack(source[0], source[1]);

    public static uint Lower16(uint pairs) => Pack((int)pairs, (int)pairs);

    public static uint Upper16(uint pairs) => Pack((int)(pairs >> 16), (int)(pairs >> 16));

    private static int SignedProduct(uint left, uint right, int shift) => (sbyte)(byte)(left >> shift) * (sbyte)(byte)(right >> shift);
}
