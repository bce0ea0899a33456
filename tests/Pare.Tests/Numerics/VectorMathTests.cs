using Pare.Numerics;

namespace Pare.Tests.Numerics;

public sealed class VectorMathTests
{
    private static float[] Values(int count, float scale, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        foreach (ref var value in values.AsSpan()) value = (random.NextSingle() * 2 - 1) * scale;
        return values;
    }

    [Fact]
    public void Exp_is_within_two_units_in_the_last_place()
    {
        // Every 10007th float32 between -87 and 88.7, both signs.
        var inputs = new List<float>();
        for (uint bits = 0; bits < BitConverter.SingleToUInt32Bits(88.7f); bits += 10007)
        {
            inputs.Add(BitConverter.UInt32BitsToSingle(bits));
            if (inputs[^1] < 87) inputs.Add(-inputs[^1]);
        }

        var outputs = new float[inputs.Count];
        VectorMath.Exp(inputs.ToArray(), outputs);
        for (var i = 0; i < outputs.Length; i++)
        {
            var exact = Math.Exp(inputs[i]);
            if (!(Math.Abs(outputs[i] - exact) <= 2 * Math.Pow(2, -23) * exact)) Assert.Fail($"exp({inputs[i]:R}) = {outputs[i]:R} against {exact:R}");
        }
    }

    [Fact]
    public void Exp_keeps_its_edges()
    {
        float[] x = [0, -0f, float.NegativeInfinity, float.PositiveInfinity, float.NaN, -104.5f, -1e30f, 88.8f, 1e30f, -100f, -87.5f];
        var y = new float[x.Length];
        VectorMath.Exp(x, y);
        Assert.Equal([1, 1, 0, float.PositiveInfinity, float.NaN, 0, 0, float.PositiveInfinity, float.PositiveInfinity], y[..9]);
        // Numbers below 2^-126: within one step of 2^-149 or two units in the last place.
        for (var i = 9; i < 11; i++) Assert.True(Math.Abs(y[i] - Math.Exp(x[i])) <= Math.Pow(2, -149) + Math.Pow(2, -22) * Math.Exp(x[i]));
    }

    [Theory]
    [InlineData("silu", -87f, 87f)]
    [InlineData("geluErf", -13f, 20f)]
    [InlineData("geluTanh", -9f, 20f)]
    [InlineData("tanh", -12f, 12f)]
    public void Activations_match_their_definitions(string name, float from, float to)
    {
        const int Count = 200_003;
        var x = new float[Count];
        for (var i = 0; i < Count; i++) x[i] = from + (to - from) * (float)i / (Count - 1);
        for (var i = 0; i < 100; i++) x[i * 7] = (i - 50) * MathF.Pow(10, -(i % 30));
        x = [.. x.Where(value => value >= from && value <= to)];
        var y = new float[x.Length];
        switch (name)
        {
            case "silu": VectorMath.Silu(x, y); break;
            case "tanh": VectorMath.Tanh(x, y); break;
            case "geluErf": VectorMath.Gelu(x, y); break;
            default: VectorMath.GeluTanh(x, y); break;
        }

        for (var i = 0; i < x.Length; i++)
        {
            double v = x[i];
            var (exact, bound) = name switch
            {
                "silu" => (v / (1 + Math.Exp(-v)), 5 * Math.Pow(2, -24)),
                "geluErf" => (v * NormalDistribution(v), 1e-6),
                "tanh" => (Math.Tanh(v), 5 * Math.Pow(2, -24)),
                _ => (GeluTanh(v), 1e-6),
            };
            var slack = name == "geluTanh" ? 1e-7 * Math.Min(Math.Abs(v), 1) : 1e-44;
            if (!(Math.Abs(y[i] - exact) <= bound * Math.Abs(exact) + slack)) Assert.Fail($"{name}({x[i]:R}) = {y[i]:R} against {exact:R}: relative {Math.Abs(y[i] / exact - 1):E2}");
        }
    }

    [Fact]
    public void Softcap_matches_the_definition()
    {
        var x = Values(1003, 200, 1);
        var y = (float[])x.Clone();
        VectorMath.Softcap(y, 30);
        for (var i = 0; i < x.Length; i++) Assert.InRange(y[i] / (30 * Math.Tanh((double)x[i] / 30)), 1 - 8 * Math.Pow(2, -24), 1 + 8 * Math.Pow(2, -24));
    }

    [Fact]
    public void Activations_keep_their_limits()
    {
        float[] x = [-1e30f, -200f, 200f, 1e30f, 0];
        var y = new float[5];
        VectorMath.Silu(x, y);
        Assert.Equal([0, 0, 200, 1e30f, 0], y);
        VectorMath.Gelu(x, y);
        Assert.Equal([0, 0, 200, 1e30f, 0], y);
        VectorMath.GeluTanh(x, y);
        Assert.Equal([0, 0, 200, 1e30f, 0], y);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(61)]
    public void Gated_activations_are_the_activation_times_the_other_input(int count)
    {
        var gate = Values(count, 5, 1);
        var up = Values(count, 3, 2);
        var (plain, gated) = (new float[count], new float[count]);
        VectorMath.Silu(gate, plain);
        VectorMath.SiluMultiply(gate, up, gated);
        for (var i = 0; i < count; i++) Assert.Equal(plain[i] * up[i], gated[i]);
        VectorMath.GeluTanh(gate, plain);
        VectorMath.GeluTanhMultiply(gate, up, gated);
        for (var i = 0; i < count; i++) Assert.Equal(plain[i] * up[i], gated[i]);
        VectorMath.Gelu(gate, plain);
        VectorMath.GeluMultiply(gate, up, gated);
        for (var i = 0; i < count; i++) Assert.Equal(plain[i] * up[i], gated[i]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(33)]
    [InlineData(1000)]
    public void Softmax_matches_the_definition(int count)
    {
        var x = Values(count, 8, count);
        if (count > 4) x[3] = float.NegativeInfinity;
        var y = (float[])x.Clone();
        VectorMath.Softmax(y);
        var max = x.Max();
        var sum = x.Sum(value => Math.Exp((double)value - max));
        for (var i = 0; i < count; i++)
        {
            var exact = Math.Exp((double)x[i] - max) / sum;
            if (!(Math.Abs(y[i] - exact) <= 2e-6 * exact)) Assert.Fail($"element {i} of {count}: {y[i]:R} against {exact:R}");
        }
    }

    [Fact]
    public void Softmax_of_distant_and_missing_elements_is_exact()
    {
        for (var count = 2; count < 70; count++)
        {
            var x = new float[count];
            for (var i = 0; i < count; i++) x[i] = i % 3 == 0 ? float.NegativeInfinity : -1000;
            x[count - 1] = 5;
            VectorMath.Softmax(x);
            for (var i = 0; i < count; i++) Assert.Equal(i == count - 1 ? 1 : 0, x[i]);
            x[count / 2] = float.NaN;
            VectorMath.Softmax(x);
            foreach (var value in x) Assert.True(float.IsNaN(value));
        }
    }

    [Theory]
    [InlineData(1, 10f)]
    [InlineData(37, 20f)]
    [InlineData(49152, 30f)]
    [InlineData(49152, 100f)]
    [InlineData(50257, 0.01f)]
    public void Negative_log_likelihood_matches_the_definition(int count, float scale)
    {
        var logits = Values(count, scale, count);
        var max = logits.Max();
        var exact = max + Math.Log(logits.Sum(value => Math.Exp((double)value - max)));
        Assert.InRange(VectorMath.LogSumExp(logits) - exact, -2e-6, 2e-6);
        foreach (var target in new[] { 0, count / 2, count - 1 })
            Assert.InRange(VectorMath.NegativeLogLikelihood(logits, target) - (exact - logits[target]), -2e-6, 2e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(576)]
    [InlineData(1023)]
    public void RmsNorm_matches_the_definition(int count)
    {
        var (x, weight) = (Values(count, 40, count), Values(count, 2, count + 1));
        var y = new float[count];
        VectorMath.RmsNorm(x, weight, 1e-5f, y);
        var factor = 1 / Math.Sqrt(x.Sum(value => (double)value * value) / count + 1e-5f);
        for (var i = 0; i < count; i++)
        {
            var exact = x[i] * factor * weight[i];
            Assert.True(Math.Abs(y[i] - exact) <= 4 * Math.Pow(2, -24) * Math.Abs(exact));
        }
    }

    [Theory]
    [InlineData(1, 0f)]
    [InlineData(15, 3f)]
    [InlineData(768, 0f)]
    [InlineData(1023, 100f)]
    public void LayerNorm_matches_the_definition(int count, float offset)
    {
        var (x, weight, bias) = (Values(count, 4, count), Values(count, 2, count + 1), Values(count, 1, count + 2));
        for (var i = 0; i < count; i++) x[i] += offset;
        var y = new float[count];
        var mean = x.Sum(value => (double)value) / count;
        var factor = 1 / Math.Sqrt(x.Sum(value => (value - mean) * (value - mean)) / count + 1e-5f);
        foreach (var used in new[] { bias, [] })
        {
            VectorMath.LayerNorm(x, weight, used, 1e-5f, y);
            for (var i = 0; i < count; i++)
            {
                var b = used.Length == 0 ? 0 : used[i];
                var exact = (x[i] - mean) * factor * weight[i] + b;
                var bound = (4 * Math.Abs(exact) + 4 * Math.Abs(b) + 2 * Math.Abs(weight[i] * mean) * factor) * Math.Pow(2, -24) + 1e-12;
                if (!(Math.Abs(y[i] - exact) <= bound)) Assert.Fail($"element {i} of {count}: {y[i]:R} against {exact:R}");
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(64)]
    [InlineData(1001)]
    public void Dot_matches_the_definition(int count)
    {
        var (x, y) = (Values(count, 1, count), Values(count, 1, count + 1));
        double exact = 0, size = 0;
        for (var i = 0; i < count; i++)
        {
            exact += (double)x[i] * y[i];
            size += Math.Abs((double)x[i] * y[i]);
        }

        Assert.True(Math.Abs(VectorMath.Dot(x, y) - exact) <= count * Math.Pow(2, -24) * size);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(100)]
    public void Axpy_scales_and_adds(int count)
    {
        var (x, y) = (Values(count, 1, 1), Values(count, 1, 2));
        var sum = (float[])y.Clone();
        VectorMath.Axpy(0.7f, x, sum);
        for (var i = 0; i < count; i++)
        {
            var exact = (double)0.7f * x[i] + y[i];
            Assert.True(Math.Abs(sum[i] - exact) <= 2 * Math.Pow(2, -24) * (Math.Abs(0.7 * x[i]) + Math.Abs(y[i])));
        }
    }

    [Fact]
    public void Max_finds_the_largest_wherever_it_stands()
    {
        Assert.Equal(float.NegativeInfinity, VectorMath.Max([]));
        for (var count = 1; count < 40; count++)
        {
            for (var place = 0; place < count; place++)
            {
                var x = Values(count, 1, count);
                for (var i = 0; i < count; i++) x[i] -= 3;
                x[place] = -0.5f;
                Assert.Equal(-0.5f, VectorMath.Max(x));
                Assert.Equal(place, VectorMath.IndexOfMax(x));
                if (place + 1 < count) x[place + 1] = -0.5f;
                Assert.Equal(place, VectorMath.IndexOfMax(x));
            }
        }
    }

    [Fact]
    public void Spans_of_different_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => VectorMath.Exp(new float[3], new float[4]));
        Assert.Throws<ArgumentException>(() => VectorMath.SiluMultiply(new float[4], new float[3], new float[4]));
        Assert.Throws<ArgumentException>(() => VectorMath.Dot(new float[4], new float[3]));
        Assert.Throws<ArgumentException>(() => VectorMath.RmsNorm(new float[4], new float[3], 0, new float[4]));
    }

    private static double GeluTanh(double x) => x / (1 + Math.Exp(-2 * Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    // Φ(x): the series x·e^(−x²/2)/√(2π)·Σ x^2j / (1·3·…·(2j + 1)) near 0, the continued fraction of the tail beyond.
    private static double NormalDistribution(double x)
    {
        var density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        var size = Math.Abs(x);
        if (size < 3)
        {
            var term = size;
            var sum = size;
            for (var j = 1; j < 100; j++)
            {
                term *= x * x / (2 * j + 1);
                sum += term;
            }

            return x < 0 ? 0.5 - density * sum : 0.5 + density * sum;
        }

        var fraction = size;
        for (var j = 200; j >= 1; j--) fraction = size + j / fraction;
        return x < 0 ? density / fraction : 1 - density / fraction;
    }
}
