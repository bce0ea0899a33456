using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Q4_0 by columns: a byte has a row of the first chunk in its low and one of the second in its high half.</summary>
internal readonly unsafe struct ColumnsQ4_0 : IColumnFormat
{
    public static int Chunks => 2;

    public static void Pack(byte* stored, byte* columns, int stride, int chunk)
    {
        for (var i = 0; i < 32; i++)
        {
            var q = i < 16 ? stored[2 + i] & 15 : stored[2 + i - 16] >> 4;
            columns[(long)i * stride] |= (byte)(q << 4 * chunk);
        }
    }

    // int16 sums over 8 quads reach 16 · 15 · 127 = 30480; the offset of 8 enters afterwards, as −8 · Σ q.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums<TLanes, TVector>(byte* columns, int stride, ColumnQuads* quads, byte* block, TVector* sums)
        where TLanes : struct, IColumnLanes<TVector>
        where TVector : unmanaged
    {
        TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (var quad = 0; quad < quads->Count; quad++)
        {
            var at = ColumnQuads.Columns(quads, quad);
            TLanes.Transpose(TLanes.Load(columns + at[0] * stride), TLanes.Load(columns + at[1] * stride), TLanes.Load(columns + at[2] * stride), TLanes.Load(columns + at[3] * stride), out var w0, out var w1, out var w2, out var w3);
            var x = TLanes.Broadcast(ColumnQuads.Values(quads, quad));
            s0 = TLanes.Add16(s0, TLanes.MultiplyBytes(TLanes.LowNibbles(w0), x));
            s1 = TLanes.Add16(s1, TLanes.MultiplyBytes(TLanes.LowNibbles(w1), x));
            s2 = TLanes.Add16(s2, TLanes.MultiplyBytes(TLanes.LowNibbles(w2), x));
            s3 = TLanes.Add16(s3, TLanes.MultiplyBytes(TLanes.LowNibbles(w3), x));
            s4 = TLanes.Add16(s4, TLanes.MultiplyBytes(TLanes.HighNibbles(w0), x));
            s5 = TLanes.Add16(s5, TLanes.MultiplyBytes(TLanes.HighNibbles(w1), x));
            s6 = TLanes.Add16(s6, TLanes.MultiplyBytes(TLanes.HighNibbles(w2), x));
            s7 = TLanes.Add16(s7, TLanes.MultiplyBytes(TLanes.HighNibbles(w3), x));
        }

        var offset = ((short*)(block + Int8Block.EightFold))[0] + ((short*)(block + Int8Block.EightFold))[1];
        var eightFold = TLanes.Broadcast((byte*)&offset);
        sums[0] = TLanes.Add32(TLanes.MultiplyPairs(s0, TLanes.Ones16), eightFold);
        sums[1] = TLanes.Add32(TLanes.MultiplyPairs(s1, TLanes.Ones16), eightFold);
        sums[2] = TLanes.Add32(TLanes.MultiplyPairs(s2, TLanes.Ones16), eightFold);
        sums[3] = TLanes.Add32(TLanes.MultiplyPairs(s3, TLanes.Ones16), eightFold);
        sums[4] = TLanes.Add32(TLanes.MultiplyPairs(s4, TLanes.Ones16), eightFold);
        sums[5] = TLanes.Add32(TLanes.MultiplyPairs(s5, TLanes.Ones16), eightFold);
        sums[6] = TLanes.Add32(TLanes.MultiplyPairs(s6, TLanes.Ones16), eightFold);
        sums[7] = TLanes.Add32(TLanes.MultiplyPairs(s7, TLanes.Ones16), eightFold);
    }
}
