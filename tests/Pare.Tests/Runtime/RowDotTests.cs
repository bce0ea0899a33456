using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Tests.Runtime;

/// <summary>Products of stored rows with float activations against sums in double precision over the decoded weights.</summary>
public sealed unsafe class RowDotTests
{
    [Theory]
    [InlineData(ElementType.F32, 37)]
    [InlineData(ElementType.F16, 37)]
    [InlineData(ElementType.BF16, 37)]
    [InlineData(ElementType.F16, 48)]
    [InlineData(ElementType.F16, 576)]
    [InlineData(ElementType.BF16, 2048)]
    [InlineData(ElementType.Q8_0, 32)]
    [InlineData(ElementType.Q8_0, 576)]
    [InlineData(ElementType.Q4_0, 576)]
    [InlineData(ElementType.Q4_1, 576)]
    [InlineData(ElementType.Q4_1, 96)]
    [InlineData(ElementType.Q5_0, 96)]
    [InlineData(ElementType.Q4_K, 512)]
    [InlineData(ElementType.Q6_K, 512)]
    public void Few_tokens_match_the_definition(ElementType type, int columns)
    {
        const int Rows = 19;
        const int Tokens = 3;
        var random = new Random(17);
        var weights = Values(random, Rows * columns);
        var x = Values(random, Tokens * columns);
        using var stored = new NativeBuffer<byte>(type.RowBytes(columns) * Rows);
        WeightCodec.Quantize(type, weights, stored.Span);
        WeightCodec.Dequantize(type, stored.Span, weights);
        using var linear = new Linear(Wrap(stored, type, Rows, columns), null);

        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var pool = new ComputePool(threads);
            var y = new float[Tokens * Rows];
            fixed (float* px = x)
            fixed (float* py = y) linear.Multiply(pool, px, Tokens, py);
            for (var t = 0; t < Tokens; t++)
            {
                for (var row = 0; row < Rows; row++) AssertDot(weights.AsSpan(row * columns, columns), x.AsSpan(t * columns, columns), y[t * Rows + row]);
            }
        }
    }

    [Fact]
    public void Every_float16_is_widened_exactly()
    {
        // A row of one number repeated against a one and zeros gives the number back.
        using var row = new NativeBuffer<ushort>(32);
        using var x = new NativeBuffer<float>(32);
        for (var bits = 0; bits < 65536; bits++)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            if (!float.IsFinite(expected)) continue;
            row.Span.Fill((ushort)bits);
            x.Span.Clear();
            x.Span[bits % 16] = 1;
            Assert.Equal(expected, DotHalves<WideF16>.Dot((byte*)row.Pointer, x.Pointer, 32));
        }
    }

    private static float[] Values(Random random, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 1)));
        return values;
    }

    private static Weight Wrap(NativeBuffer<byte> stored, ElementType type, int rows, int columns)
    {
        var parameter = new Parameter { Id = new ParameterId(ParameterRole.Up, 0), Rows = rows, Columns = columns, IsVector = false, Name = "test" };
        return new Weight(parameter, new StoredTensor("test", type, [rows, columns], stored.Pointer, stored.Length, stored), default, false, 0);
    }

    // n rounded products and n rounded sums: |error| ≤ (n + 2) · 2⁻²⁴ · Σ |w| |x|, doubled for the blocks' minima.
    private static void AssertDot(ReadOnlySpan<float> w, ReadOnlySpan<float> x, float actual)
    {
        double sum = 0, magnitude = 0;
        for (var i = 0; i < w.Length; i++)
        {
            sum += (double)w[i] * x[i];
            magnitude += Math.Abs((double)w[i] * x[i]);
        }

        // Q4_1 adds scale and minimum apart, which may cancel: their magnitudes are up to 16 times the weight's.
        var bound = 32 * (w.Length + 2) * Math.Pow(2, -24) * magnitude + 1e-30;
        Assert.InRange(actual, sum - bound, sum + bound);
    }
}
