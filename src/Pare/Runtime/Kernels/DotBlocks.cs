using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Rows of 32-weight blocks. Lanes hold weights i mod 16 (512 bits) or i mod 8 (256 bits); blocks are added in order, lanes at the end.</summary>
/// <typeparam name="TBlock">The block format.</typeparam>
internal readonly unsafe struct DotBlocks<TBlock> : IRowDotFormat
    where TBlock : struct, IFloatBlock
{
    public static float Dot(byte* row, float* x, int count)
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) return Dot512(row, x, count);
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) return Dot256(row, x, count);
        return DotScalar(row, x, count);
    }

    public static void Four(byte* rows, long stride, float* x, int count, float* results) => EachRow<DotBlocks<TBlock>>.Four(rows, stride, x, count, results);

    /// <summary>The definition: Σ over blocks of scale · Σ q x + minimum · Σ x, in float32.</summary>
    public static float DotScalar(byte* row, float* x, int count)
    {
        var sum = 0f;
        for (var block = row; count > 0; count -= 32, block += TBlock.Bytes, x += 32)
        {
            float products = 0, inputs = 0;
            for (var i = 0; i < 32; i++)
            {
                products += TBlock.Quant(block, i) * x[i];
                inputs += x[i];
            }

            sum += TBlock.Scale(block) * products;
            if (TBlock.HasMinimum) sum += TBlock.Minimum(block) * inputs;
        }

        return sum;
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

        return Vector512.Sum(TBlock.HasMinimum ? sum + minima : sum);
    }

    private static float Dot256(byte* row, float* x, int count)
    {
        var sum = Vector256<float>.Zero;
        var minima = Vector256<float>.Zero;
        for (var block = row; count > 0; count -= 32, block += TBlock.Bytes, x += 32)
        {
            Sse.Prefetch0(block + 1024);
            var x0 = Vector256.Load(x);
            var x1 = Vector256.Load(x + 8);
            var x2 = Vector256.Load(x + 16);
            var x3 = Vector256.Load(x + 24);
            var even = Vector256.FusedMultiplyAdd(TBlock.Quants256(block, 2), x2, TBlock.Quants256(block, 0) * x0);
            var odd = Vector256.FusedMultiplyAdd(TBlock.Quants256(block, 3), x3, TBlock.Quants256(block, 1) * x1);
            sum = Vector256.FusedMultiplyAdd(even + odd, Vector256.Create(TBlock.Scale(block)), sum);
            if (TBlock.HasMinimum) minima = Vector256.FusedMultiplyAdd(x0 + x1 + (x2 + x3), Vector256.Create(TBlock.Minimum(block)), minima);
        }

        return Vector256.Sum(TBlock.HasMinimum ? sum + minima : sum);
    }
}
