using Pare.Formats.Numbers;

namespace Pare.Tests.Formats.Numbers;

/// <summary>Two-level scales and the min-max grid against their formulas in double precision.</summary>
public sealed class VsQuantTests
{
    [Theory]
    [InlineData(NumberFormat.Int8, NumberFormat.UInt8)]
    [InlineData(NumberFormat.Int4, NumberFormat.UInt8)]
    [InlineData(NumberFormat.Fp4, NumberFormat.UInt8)]
    [InlineData(NumberFormat.Fp4, NumberFormat.UFp8E4M4)]
    [InlineData(NumberFormat.Fp8, NumberFormat.UFp8E6M2)]
    public void Rows_are_quantized_by_the_formula(NumberFormat format, NumberFormat scaleFormat)
    {
        var random = new Random(17);
        var (numbers, scaleNumbers) = (NumberGrid.Of(format), NumberGrid.Of(scaleFormat));
        for (var trial = 0; trial < 50; trial++)
        {
            var values = new float[random.Next(1, 100)];
            foreach (ref var value in values.AsSpan()) value = random.Next(4) == 0 ? 0 : (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-2, 3)));
            var (codes, scales) = (new byte[values.Length], new byte[VsQuant.Vectors(values.Length)]);
            var second = VsQuant.Quantize(values, numbers, scaleNumbers, codes, scales);
            var expected = values.Max(Math.Abs) / (double)numbers.Largest / scaleNumbers.Largest;
            Assert.InRange(second, expected * (1 - 1e-6), expected * (1 + 1e-6));
            for (var vector = 0; vector < scales.Length; vector++)
            {
                var part = values.Skip(16 * vector).Take(16).ToArray();
                var ideal = part.Max(Math.Abs) / (double)numbers.Largest / second;
                var scale = (double)scaleNumbers.Decode(scales[vector]);
                // The least scale that holds the largest number, but for float32 rounding of the quotient.
                Assert.True(scale >= ideal * (1 - 1e-5));
                Assert.True(scales[vector] == 0 || scaleNumbers.Decode((byte)(scales[vector] - 1)) < ideal * (1 + 1e-5));
                for (var i = 0; i < part.Length; i++)
                {
                    var q = numbers.Decode(codes[16 * vector + i]);
                    if (scale == 0)
                    {
                        Assert.Equal(0, q);
                        continue;
                    }

                    var exact = part[i] / (scale * second);
                    foreach (var other in Enumerable.Range(0, 1 << numbers.Bits).Select(code => (double)numbers.Decode((byte)code)).Where(double.IsFinite))
                    {
                        if (other >= -numbers.Largest) Assert.True(Math.Abs(q - exact) <= Math.Abs(other - exact) + 1e-4);
                    }
                }
            }

            var rounded = values.ToArray();
            VsQuant.Round(rounded, numbers, scaleNumbers);
            for (var i = 0; i < values.Length; i++)
                Assert.Equal((float)((double)numbers.Decode(codes[i]) * scaleNumbers.Decode(scales[i / 16])) * second, rounded[i]);
        }
    }

    // The definition: of the scale that holds everything and those 5, 10, …, 30 % below the ideal one, the one with the least squared error.
    [Theory]
    [InlineData(NumberFormat.Int8)]
    [InlineData(NumberFormat.Int4)]
    [InlineData(NumberFormat.Fp4)]
    [InlineData(NumberFormat.Int2)]
    public void Fitted_scales_have_the_least_squared_error_of_those_tried(NumberFormat format)
    {
        var random = new Random(18);
        var (numbers, scaleNumbers) = (NumberGrid.Of(format), NumberGrid.Of(NumberFormat.UInt8));
        var better = 0;
        for (var trial = 0; trial < 50; trial++)
        {
            var values = Enumerable.Range(0, 64).Select(_ => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * random.Next(1, 9))).ToArray();
            var (codes, plain, fitted) = (new byte[64], new byte[4], new byte[4]);
            var second = VsQuant.Quantize(values, numbers, scaleNumbers, codes, plain);
            Assert.Equal(second, VsQuant.Quantize(values, numbers, scaleNumbers, codes, fitted, fit: true));
            for (var vector = 0; vector < 4; vector++)
            {
                var part = values[(16 * vector)..(16 * vector + 16)];
                var ideal = part.Max(Math.Abs) / numbers.Largest / second;
                var tried = Enumerable.Range(1, 6).Select(step => (int)MathF.Round(ideal * (1 - step * 0.05f))).Where(scale => scale > 0).Append(plain[vector]).ToList();
                Assert.Contains(fitted[vector], tried.Select(scale => (byte)scale));
                var least = tried.Min(scale => Error(part, scale));
                Assert.InRange(Error(part, fitted[vector]), least, least * (1 + 1e-5) + 1e-9);
                if (Error(part, fitted[vector]) < 0.99 * Error(part, plain[vector])) better++;
            }

            double Error(float[] part, int scale) => part.Sum(value => Math.Pow(value - numbers.Round(value / (scale * second)) * (double)(scale * second), 2));
        }

        // Eight bits are too fine for saturation to pay.
        Assert.True(better > 0 || format == NumberFormat.Int8);
    }

    [Fact]
    public void A_vector_beside_a_much_larger_one_keeps_its_numbers()
    {
        var values = new float[32];
        values[0] = 30000;
        for (var i = 16; i < 32; i++) values[i] = i - 24;
        VsQuant.Round(values, NumberGrid.Of(NumberFormat.Int8), NumberGrid.Of(NumberFormat.UInt8));
        // The least scale is 30000 / (127 · 255) = 0.926: half of that is the most that rounding changes.
        for (var i = 16; i < 32; i++) Assert.InRange(values[i], i - 24 - 0.47f, i - 24 + 0.47f);
    }

    [Fact]
    public void A_row_of_zeros_stays_one_and_what_is_no_number_is_refused()
    {
        var numbers = NumberGrid.Of(NumberFormat.Fp4);
        var scaleNumbers = NumberGrid.Of(NumberFormat.UInt8);
        var zeros = new float[20];
        VsQuant.Round(zeros, numbers, scaleNumbers);
        Assert.All(zeros, value => Assert.Equal(0, value));
        zeros[19] = float.NaN;
        Assert.Throws<ArgumentException>(() => VsQuant.Round(zeros, numbers, scaleNumbers));
        zeros[19] = float.NegativeInfinity;
        Assert.Throws<ArgumentException>(() => VsQuant.Round(zeros, numbers, scaleNumbers));
    }

    [Fact]
    public void Numbers_on_the_grid_come_back()
    {
        // γ is a power of two, and every vector holds its grid's largest number: nothing is lost.
        var numbers = NumberGrid.Of(NumberFormat.Fp4);
        var values = new float[64];
        for (var vector = 0; vector < 4; vector++)
        {
            for (var i = 0; i < 16; i++) values[16 * vector + i] = numbers.Decode((byte)i) * (vector == 0 ? 255 : 17 * vector) / 64;
        }

        var rounded = values.ToArray();
        VsQuant.Round(rounded, numbers, NumberGrid.Of(NumberFormat.UInt8));
        Assert.Equal(values, rounded);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void The_min_max_grid_spans_the_values_and_holds_zero(int bits)
    {
        var random = new Random(bits);
        for (var trial = 0; trial < 100; trial++)
        {
            var shift = random.NextDouble() * 4 - 2;
            var values = Enumerable.Range(0, 64).Select(_ => (float)(random.NextDouble() + shift)).ToArray();
            var grid = AsymmetricGrid.Of(values, bits);
            var (low, high) = (Math.Min(0.0, values.Min()), Math.Max(0.0, values.Max()));
            var step = (high - low) / (Math.Pow(2, bits) - 1);
            Assert.InRange(grid.Scale, step * (1 - 1e-6), step * (1 + 1e-6));
            Assert.Equal(0, grid.Round(0));
            Assert.InRange(grid.Zero, 0, grid.Levels);
            // The zero point is rounded, so the ends may be a step away, the inner values half a step.
            foreach (var value in values) Assert.InRange(Math.Abs(grid.Round(value) - value), 0, step * 1.0001);
        }

        Assert.Equal(new AsymmetricGrid(2f / ((1 << bits) - 1), (int)MathF.Round(1 / (2f / ((1 << bits) - 1))), bits), AsymmetricGrid.Of(new float[4], bits));
    }
}
