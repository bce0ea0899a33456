namespace Pare.Runtime;

/// <summary>Four rows of a column are the bytes of a lane.</summary>
internal readonly unsafe partial struct LanesScalar : IColumnLanes<uint>
{
    public static int Place(int row) => row;

    public static void Transpose(uint a, uint b, uint c, uint d, out uint w0, out uint w1, out uint w2, out uint w3)
    {
        w0 = Row(a, b, c, d, 0);
        w1 = Row(a, b, c, d, 8);
        w2 = Row(a, b, c, d, 16);
        w3 = Row(a, b, c, d, 24);
    }

    private static uint Row(uint a, uint b, uint c, uint d, int shift) => (byte)(a >> shift) | (uint)(byte)(b >> shift) << 8 | (uint)(byte)(c >> shift) << 16 | (uint)(byte)(d >> shift) << 24;
}
