using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Rows of 32-weight blocks: Σ over blocks of scale · Σ q x + minimum · Σ x. Lanes hold weights i mod 16; blocks are added in order, lanes at the end.</summary>
/// <typeparam name="TBlock">The block format.</typeparam>
internal readonly unsafe struct DotBlocks<TBlock> : IRowDotFormat
    where TBlock : struct, IFloatBlock
{
    public static float Dot(byte* row, float* x, int count)
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) return Dot512(row, x, count);
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) return Dot256(row, x, count);
        return DotPortable(row, x, count);
    }

    public static void Four(byte* rows, long stride, float* x, int count, float* results) => EachRow<DotBlocks<TBlock>>.Four(rows, stride, x, count, results);

    // The lanes in memory, where there are no vectors of 256 bits.
    private static float DotPortable(byte* row, float* x, int count)
    {
        var lanes = stackalloc float[2 * DotLanes.Count];
        new Span<float>(lanes, 2 * DotLanes.Count).Clear();
        var minima = lanes + DotLanes.Count;
        var quants = stackalloc float[2 * DotLanes.Count];
        for (var block = row; count > 0; count -= 32, block += TBlock.Bytes, x += 32)
        {
            for (var i = 0; i < 32; i++) quants[i] = TBlock.Quant(block, i);
            DotLanes.AddPairs(quants, x, TBlock.Scale(block), lanes);
            if (TBlock.HasMinimum) DotLanes.AddInputs(x, TBlock.Minimum(block), minima);
        }

        if (TBlock.HasMinimum) for (var l = 0; l < DotLanes.Count; l++) lanes[l] += minima[l];
        return DotLanes.Sum(lanes);
    }

    private static float Dot512(byte* row, float* x, int count)
    {
        var sum = Vector512<float>.Zero;
        var minima = Vector512<float>.Zero;
        for (var block = row; count > 0; count -= 32, block += TBlock.Bytes, x += 32)
        {
            Sse.Prefetch0(block + 1024);
            var (low, high) = TBlock.Quants512(block);
            var x0 = Vector512.Load(x);
            var x1 = Vector512.Load(x + 16);
            var products = Vector512.FusedMultiplyAdd(high, x1, low * x0);
            sum = Vector512.FusedMultiplyAdd(products, Vector512.Create(TBlock.Scale(block)), sum);
            if (TBlock.HasMinimum) minima = Vector512.FusedMultiplyAdd(x0 + x1, Vector512.Create(TBlock.Minimum(block)), minima);
        }

        return DotLanes.Sum(TBlock.HasMinimum ? sum + minima : sum);
    }

    // Sixteen lanes in two vectors: the same bits.
    private static float Dot256(byte* row, float* x, int count)
    {
        Vector256<float> low = default, high = default, lowMinima = default, highMinima = default;
        for (var block = row; count > 0; count -= 32, block += TBlock.Bytes, x += 32)
        {
            Sse.Prefetch0(block + 1024);
            var x0 = Vector256.Load(x);
            var x1 = Vector256.Load(x + 8);
            var x2 = Vector256.Load(x + 16);
            var x3 = Vector256.Load(x + 24);
            var scale = Vector256.Create(TBlock.Scale(block));
            low = Vector256.FusedMultiplyAdd(Vector256.FusedMultiplyAdd(TBlock.Quants256(block, 2), x2, TBlock.Quants256(block, 0) * x0), scale, low);
            high = Vector256.FusedMultiplyAdd(Vector256.FusedMultiplyAdd(TBlock.Quants256(block, 3), x3, TBlock.Quants256(block, 1) * x1), scale, high);
            if (!TBlock.HasMinimum) continue;
            var minimum = Vector256.Create(TBlock.Minimum(block));
            lowMinima = Vector256.FusedMultiplyAdd(x0 + x2, minimum, lowMinima);
            highMinima = Vector256.FusedMultiplyAdd(x1 + x3, minimum, highMinima);
        }

        return TBlock.HasMinimum ? DotLanes.Sum(low + lowMinima, high + highMinima) : DotLanes.Sum(low, high);
    }
}
