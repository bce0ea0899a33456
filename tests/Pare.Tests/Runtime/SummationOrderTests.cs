using System.Numerics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Pare.Formats;
using Pare.Formats.Blocks;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Tests.Runtime;

/// <summary>Sums in float32 come out to the bit as their documented order says, spelled out here number by number: so processors with vectors of 256 and of 512 bits agree.</summary>
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
                if (!Fma.IsSupported) expected = VectorMath.Dot(query, key);
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
        var fuses = Fma.IsSupported || AdvSimd.IsSupported;
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
                    for (var l = start; l < end; l++) sum = fuses ? MathF.FusedMultiplyAdd(a[i * k + l], b[j * k + l], sum) : a[i * k + l] * b[j * k + l] + sum;
                    total = start == 0 ? sum : total + sum;
                    start = end;
                }

                Assert.Equal(total, c[i * n + j]);
            }
        }
    }

    [Fact]
    public void Norms_and_softmax_have_vectors_of_256_bits_wherever_there_are_any() => Assert.True(!Avx2.IsSupported || Vector<float>.Count == 8);

    private static float Defined(ElementType type, byte* row, float[] x)
    {
        var (lanes, minima) = (new float[16], new float[16]);
        var whole = x.Length / 16 * 16;
        switch (type)
        {
            case ElementType.F16 or ElementType.BF16:
                var values = new float[x.Length];
                WeightCodec.Dequantize(type, new ReadOnlySpan<byte>(row, 2 * x.Length), values);
                for (var i = 0; i < whole; i++) lanes[i % 16] = Add(values[i], x[i], lanes[i % 16]);
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
                            lanes[l] = Add(((low | upper << 4) - 32) * x[first + i], scale, lanes[l]);
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
                            var product = Add(pairs[l + 16] >> shift & 15, inputs[l + 16], (pairs[l] >> shift & 15) * inputs[l]);
                            lanes[l] = Add(product, Half(block) * (byte)(scales >> 8 * group), lanes[l]);
                            minima[l] = Add(inputs[l] + inputs[l + 16], Half(block + 2) * (byte)(offsets >> 8 * group), minima[l]);
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
                        lanes[l] = Add(Add(Quant(l + 16), x[start + l + 16], Quant(l) * x[start + l]), Half(row), lanes[l]);
                        if (type == ElementType.Q4_1) minima[l] = Add(x[start + l] + x[start + l + 16], Half(row + 2), minima[l]);
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

    // Rounded once where the processor can.
    private static float Add(float a, float b, float sum) => Fma.IsSupported ? MathF.FusedMultiplyAdd(a, b, sum) : a * b + sum;

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
