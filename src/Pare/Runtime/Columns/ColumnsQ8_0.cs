using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Q8_0 by columns; products as in <see cref="PackedQ8_0"/>.</summary>
internal readonly unsafe struct ColumnsQ8_0 : IColumnFormat
{
    public static int Chunks => 1;

    public static void Pack(byte* stored, byte* columns, int stride, int chunk)
    {
        for (var i = 0; i < 32; i++) columns[(long)i * stride] = stored[2 + i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums<TLanes, TVector>(byte* columns, int stride, ColumnQuads* quads, byte* block, TVector* sums)
        where TLanes : struct, IColumnLanes<TVector>
        where TVector : unmanaged
    {
        var s0 = TLanes.Broadcast(block + Int8Block.Negatives);
        var (s1, s2, s3) = (s0, s0, s0);
        for (var quad = 0; quad < quads->Count; quad++)
        {
            var at = ColumnQuads.Columns(quads, quad);
            TLanes.Transpose(TLanes.Load(columns + at[0] * stride), TLanes.Load(columns + at[1] * stride), TLanes.Load(columns + at[2] * stride), TLanes.Load(columns + at[3] * stride), out var w0, out var w1, out var w2, out var w3);
            var magnitudes = TLanes.Broadcast(ColumnQuads.Magnitudes(quads, quad));
            var signs = TLanes.Broadcast(ColumnQuads.Signs(quads, quad));
            s0 = TLanes.Add32(s0, TLanes.MultiplyPairs(TLanes.MultiplyBytes(magnitudes, TLanes.Xor(w0, signs)), TLanes.Ones16));
            s1 = TLanes.Add32(s1, TLanes.MultiplyPairs(TLanes.MultiplyBytes(magnitudes, TLanes.Xor(w1, signs)), TLanes.Ones16));
            s2 = TLanes.Add32(s2, TLanes.MultiplyPairs(TLanes.MultiplyBytes(magnitudes, TLanes.Xor(w2, signs)), TLanes.Ones16));
            s3 = TLanes.Add32(s3, TLanes.MultiplyPairs(TLanes.MultiplyBytes(magnitudes, TLanes.Xor(w3, signs)), TLanes.Ones16));
        }

        (sums[0], sums[1], sums[2], sums[3]) = (s0, s1, s2, s3);
    }
}
