using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats;
using Pare.Formats.Blocks;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Tests.Runtime;

/// <summary>Sums in float32 come out to the bit as their documented order says, spelled out here number by number: so all processors agree.</summary>
public sealed unsafe class SummationOrderTests
{
    [Theory]
    [InlineData(ElementType.F16, 37)]
    [InlineData(ElementType.F16, 576)]
    [InlineData(ElementType.F16, 600)]
    [InlineData(ElementType.BF16, 2048)]
    [InlineData(ElementType.Q8_0, 576)]
    [InlineData(ElementType.Q4_0, 1536)]
    [InlineData(ElementType.Q4_1, 576)]
    [InlineData(ElementType.Q4_K, 1536)]
    [InlineData(ElementType.Q6_K, 1536)]
    public void Rows_are_summed_in_sixteen_lanes(ElementType type, int columns)
    {
        const int Rows = 7;
        var random = new Random(5);
        var weights = Values(random, Rows * columns);
        var x = Values(random, columns);
        using var stored = new NativeBuffer<byte>(type.RowBytes(columns) * Rows);
        WeightCodec.Quantize(type, weights, stored.Span);
        var parameter = new Parameter { Id = new ParameterId(ParameterRole.Up, 0), Rows = Rows, Columns = columns, IsVector = false, Name = "test" };
        using var linear = new Linear(new Weight(parameter, new StoredTensor("test", type, [Rows, columns], stored.Pointer, stored.Length, stored), default, false, 0), null);
        using var pool = new ComputePool(2);
        var y = new float[Rows];
        fixed (float* px = x)
        fixed (float* py = y) linear.Multiply(pool, px, 1, py);
        for (var row = 0; row < Rows; row++) Assert.Equal(Defined(type, stored.Pointer + row * type.RowBytes(columns), x), y[row]);
    }

    [Theory]
    [InlineData(64, 3, 33)]
    [InlineData(16, 1, 7)]
    [InlineData(128, 2, 16)]
    [InlineData(80, 9, 22)]
    public void Scores_of_attention_do_not_hang_on_where_a_key_lies(int size, int group, int keys)
    {
        var random = new Random(6);
        var q = Values(random, group * size);
        var k = Values(random, keys * size);
        var scores = new float[group * keys];
        fixed (float* pq = q)
        fixed (float* pk = k)
        fixed (float* ps = scores) AttentionScores.Run(pq, group, size, pk, keys, 0.125f, ps, keys);
        var lanes = new float[16];
        for (var g = 0; g < group; g++)
        {
            for (var j = 0; j < keys; j++)
            {
                var query = q.AsSpan(g * size, size);
                var key = k.AsSpan(j * size, size);
                lanes.AsSpan().Clear();
                for (var c = 0; c < size; c++) lanes[c % 16] = MathF.FusedMultiplyAdd(query[c], key[c], lanes[c % 16]);
                var expected = Quarter(lanes, 0) + Quarter(lanes, 4) + (Quarter(lanes, 8) + Quarter(lanes, 12));
                Assert.Equal(expected * 0.125f, scores[g * keys + j]);
            }
        }
    }

    [Theory]
    [InlineData(5, 40, 300)]
    [InlineData(33, 70, 384)]
    [InlineData(20, 33, 385)]
    [InlineData(14, 32, 1000)]
    [InlineData(3, 17, 1536)]
    public void Products_of_matrices_are_summed_in_blocks_of_256(int m, int n, int k)
    {
        var random = new Random(7);
        var a = Values(random, m * k);
        var b = Values(random, n * k);
        var c = new float[m * n];
        using var pool = new ComputePool(2);
        fixed (float* pa = a)
        fixed (float* pb = b)
        fixed (float* pc = c) Gemm.Multiply(pool, false, true, m, n, k, 1, pa, k, pb, k, 0, pc, n);
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var total = 0f;
                for (var start = 0; start < k;)
                {
                    // A rest of up to half a block belongs to the block before it.
                    var end = k - start <= 384 ? k : start + 256;
                    var sum = 0f;
                    for (var l = start; l < end; l++) sum = MathF.FusedMultiplyAdd(a[i * k + l], b[j * k + l], sum);
                    total = start == 0 ? sum : total + sum;
                    start = end;
                }

                Assert.Equal(total, c[i * n + j]);
            }
        }
    }

    [Fact]
    public void Norms_are_summed_in_vectors_of_256_bits_in_double_precision()
    {
        var x = Values(new Random(8), 1003);
        var (sums, squares) = (new double[8], new double[8]);
        for (var i = 0; i < 1000; i++)
        {
            sums[i % 8] += x[i];
            squares[i % 8] += (double)x[i] * x[i];
        }

        var (sum, square) = (Total(sums), Total(squares));
        for (var i = 1000; i < x.Length; i++) (sum, square) = (sum + x[i], square + (double)x[i] * x[i]);
        Assert.Equal((sum, square), VectorMath.Moments(x));

        // Halves, and halves of those.
        static double Total(double[] lanes) => lanes[0] + lanes[4] + (lanes[2] + lanes[6]) + (lanes[1] + lanes[5] + (lanes[3] + lanes[7]));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(40)]
    [InlineData(72)]
    [InlineData(1003)]
    public void Dot_products_of_float32_have_four_vectors_of_256_bits(int count)
    {
        var random = new Random(9);
        var (x, y, lanes) = (Values(random, count), Values(random, count), new float[32]);
        var whole = count / 8 * 8;
        for (var i = 0; i < whole; i++)
        {
            ref var lane = ref lanes[i < count / 32 * 32 ? i % 32 : i % 8];
            lane = MathF.FusedMultiplyAdd(x[i], y[i], lane);
        }

        var eight = new float[8];
        for (var i = 0; i < 8; i++) eight[i] = lanes[i] + lanes[i + 8] + (lanes[i + 16] + lanes[i + 24]);
        for (var i = 0; i < 4; i++) eight[i] += eight[i + 4];
        var sum = eight[0] + eight[2] + (eight[1] + eight[3]);
        for (var i = whole; i < count; i++) sum += x[i] * y[i];
        Assert.Equal(sum, VectorMath.Dot(x, y));
    }

    [Fact]
    public void Products_are_fused_by_definition_where_vectors_do_not_fuse()
    {
        if (!Sse2.IsSupported) return;
        var random = new Random(10);
        for (var round = 0; round < 200_000; round++)
        {
            var (a, b, c) = (Number(), Number(), Number());
            // Close to cancelling, and to the middle between two numbers, as well.
            if (round % 4 == 1) c = -(a * b);
            if (round % 4 == 2) (a, b, c) = (1 + MathF.Pow(2, -12), 1 + MathF.Pow(2, -12), c * MathF.Pow(2, -60));
            // Results below the smallest normal number.
            if (round % 4 == 3) (a, b, c) = (a * 1e-20f, b * 1e-20f, c * 1e-40f);
            var found = Fused.InDoublePrecision(Vector128.Create(a, b, c, 1), Vector128.Create(b, a, 1, c), Vector128.Create(c, -c, b, a));
            AssertBits(MathF.FusedMultiplyAdd(a, b, c), found[0]);
            AssertBits(MathF.FusedMultiplyAdd(b, a, -c), found[1]);
            AssertBits(MathF.FusedMultiplyAdd(c, 1, b), found[2]);
            AssertBits(MathF.FusedMultiplyAdd(1, c, a), found[3]);
        }

        float[] edges = [0, -0f, 1, -1, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 1.17549435e-38f];
        foreach (var a in edges)
        {
            foreach (var b in edges)
            {
                foreach (var c in edges)
                {
                    var found = Fused.InDoublePrecision(Vector128.Create(a), Vector128.Create(b), Vector128.Create(c));
                    for (var lane = 0; lane < 4; lane++) AssertBits(MathF.FusedMultiplyAdd(a, b, c), found[lane]);
                }
            }
        }

        static void AssertBits(float expected, float found) =>
            Assert.True(float.IsNaN(expected) ? float.IsNaN(found) : BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(found), $"{expected:R} and {found:R}");

        float Number() => (float)((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-30, 30)));
    }

    private static float Defined(ElementType type, byte* row, float[] x)
    {
        var (lanes, minima) = (new float[16], new float[16]);
        var whole = x.Length / 16 * 16;
        switch (type)
        {
            case ElementType.F16 or ElementType.BF16:
                var values = new float[x.Length];
                WeightCodec.Dequantize(type, new ReadOnlySpan<byte>(row, 2 * x.Length), values);
                for (var i = 0; i < whole; i++) lanes[i % 16] = MathF.FusedMultiplyAdd(values[i], x[i], lanes[i % 16]);
                var sum = Pairs(lanes);
                for (var i = whole; i < x.Length; i++) sum += values[i] * x[i];
                return sum;
            case ElementType.Q6_K:
                for (var block = row; whole > 0; whole -= 256, block += 210)
                {
                    var first = x.Length - whole;
                    // Eight groups of 16 share their lanes with the one before in the order in which upper bits are stored.
                    foreach (var group in new[] { 0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15 })
                    {
                        var scale = Half(block + 208) * (sbyte)block[192 + group];
                        for (var l = 0; l < 16; l++)
                        {
                            var i = 16 * group + l;
                            var low = block[i / 128 * 64 + i % 64] >> i % 128 / 64 * 4 & 15;
                            var upper = block[128 + i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
                            lanes[l] = MathF.FusedMultiplyAdd(((low | upper << 4) - 32) * x[first + i], scale, lanes[l]);
                        }
                    }
                }

                return Pairs(lanes);
            case ElementType.Q4_K:
                for (var block = row; whole > 0; whole -= 256, block += 144)
                {
                    var (scales, offsets) = SixBitScales.Unpack(new ReadOnlySpan<byte>(block + 4, 12));
                    for (var group = 0; group < 8; group++)
                    {
                        var shift = group % 2 * 4;
                        var pairs = block + 16 + group / 2 * 32;
                        var inputs = x.AsSpan(x.Length - whole + 32 * group, 32);
                        for (var l = 0; l < 16; l++)
                        {
                            var product = MathF.FusedMultiplyAdd(pairs[l + 16] >> shift & 15, inputs[l + 16], (pairs[l] >> shift & 15) * inputs[l]);
                            lanes[l] = MathF.FusedMultiplyAdd(product, Half(block) * (byte)(scales >> 8 * group), lanes[l]);
                            minima[l] = MathF.FusedMultiplyAdd(inputs[l] + inputs[l + 16], Half(block + 2) * (byte)(offsets >> 8 * group), minima[l]);
                        }
                    }
                }

                for (var l = 0; l < 16; l++) lanes[l] -= minima[l];
                return Pairs(lanes);
            default:
                var bytes = (int)type.RowBytes(32);
                for (var start = 0; start < x.Length; start += 32, row += bytes)
                {
                    for (var l = 0; l < 16; l++)
                    {
                        lanes[l] = MathF.FusedMultiplyAdd(MathF.FusedMultiplyAdd(Quant(l + 16), x[start + l + 16], Quant(l) * x[start + l]), Half(row), lanes[l]);
                        if (type == ElementType.Q4_1) minima[l] = MathF.FusedMultiplyAdd(x[start + l] + x[start + l + 16], Half(row + 2), minima[l]);
                    }
                }

                if (type == ElementType.Q4_1) for (var l = 0; l < 16; l++) lanes[l] += minima[l];
                return Pairs(lanes);
        }

        float Quant(int i)
        {
            if (type == ElementType.Q8_0) return (sbyte)row[2 + i];
            var nibbles = type == ElementType.Q4_1 ? row + 4 : row + 2;
            return (i < 16 ? nibbles[i] & 15 : nibbles[i - 16] >> 4) - (type == ElementType.Q4_0 ? 8 : 0);
        }
    }

    private static float Half(byte* at) => (float)*(Half*)at;

    private static float Quarter(float[] lanes, int first) => lanes[first] + lanes[first + 2] + (lanes[first + 1] + lanes[first + 3]);

    private static float Pairs(float[] lanes)
    {
        for (var count = lanes.Length; count > 1; count /= 2)
        {
            for (var i = 0; i < count; i += 2) lanes[i / 2] = lanes[i] + lanes[i + 1];
        }

        return lanes[0];
    }

    private static float[] Values(Random random, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 1)));
        return values;
    }
}
