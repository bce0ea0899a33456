using System.Numerics.Tensors;
using Pare.Numerics;

namespace Pare.Benchmarks.Numerics;

/// <summary>Row functions beside the library's or a plain loop, samples in turn: <c>vectors</c>. Nanoseconds an element, processor time, medians of 51 samples on one thread.</summary>
internal static class VectorComparison
{
    private const int Samples = 51;
    private const int Row = 2048;

    public static int Run()
    {
        var x = new float[Row];
        var y = new float[Row];
        var z = new float[Row];
        var vocabulary = new float[49152];
        var halves = new Half[Row];
        var shorts = new ushort[Row];
        var random = new Random(1);
        for (var i = 0; i < Row; i++) (x[i], z[i]) = (random.NextSingle() * 8 - 4, random.NextSingle());
        for (var i = 0; i < vocabulary.Length; i++) vocabulary[i] = random.NextSingle() * 20 - 10;
        Console.WriteLine("| function | Pare | other | what the other is |");
        Console.WriteLine("|---|---|---|---|");
        Compare("exp", Row, () => VectorMath.Exp(x, y), () => TensorPrimitives.Exp(x, y), "TensorPrimitives.Exp");
        Compare("softmax", Row, () => Softmax(x, y), () => TensorPrimitives.SoftMax(x, y), "TensorPrimitives.SoftMax");
        var sink = new double[2];
        Compare("log-sum-exp of 49152", vocabulary.Length, () => sink[0] = VectorMath.LogSumExp(vocabulary), () => sink[1] = PlainLogSumExp(vocabulary), "plain loop");
        Compare("silu · up", Row, () => VectorMath.SiluMultiply(x, z, y), () => PlainSilu(x, z, y), "plain loop");
        Compare("gelu (erf)", Row, () => VectorMath.Gelu(x, y), () => VectorMath.GeluTanh(x, y), "gelu (tanh)");
        Compare("RMS norm", Row, () => VectorMath.RmsNorm(x, z, 1e-5f, y), () => PlainRmsNorm(x, z, y), "TensorPrimitives, float32 sum");
        Compare("dot", Row, () => sink[0] = VectorMath.Dot(x, z), () => sink[1] = TensorPrimitives.Dot<float>(x, z), "TensorPrimitives.Dot");
        Compare("dot of 64", 64, () => sink[0] = VectorMath.Dot(x.AsSpan(0, 64), z.AsSpan(0, 64)), () => sink[1] = TensorPrimitives.Dot<float>(x.AsSpan(0, 64), z.AsSpan(0, 64)), "TensorPrimitives.Dot");
        Compare("max", Row, () => sink[0] = VectorMath.Max(x), () => sink[1] = TensorPrimitives.Max<float>(x), "TensorPrimitives.Max");
        Compare("axpy", Row, () => VectorMath.Axpy(1e-6f, x, y), () => TensorPrimitives.MultiplyAdd<float>(x, 1e-6f, y, y), "TensorPrimitives.MultiplyAdd");
        Compare("F16 → F32", Row, () => HalfConversion.ToSingle(halves, y), () => PlainWiden(halves, y), "plain loop");
        Compare("F32 → F16", Row, () => HalfConversion.ToHalf(x, halves), () => PlainNarrow(x, halves), "plain loop");
        Compare("BF16 → F32", Row, () => HalfConversion.BFloat16ToSingle(shorts, y), () => PlainBFloat16(shorts, y), "plain loop");
        Compare("F32 → BF16", Row, () => HalfConversion.ToBFloat16(x, shorts), () => PlainToBFloat16(x, shorts), "plain loop");
        return 0;
    }

    private static void Compare(string name, int elements, Action ours, Action theirs, string other)
    {
        var repeats = Math.Max(1, 5_000_000 / elements);
        var (mine, their) = (new List<double>(), new List<double>());
        for (var i = -10; i < Samples; i++)
        {
            var first = Time(ours, repeats);
            var second = Time(theirs, repeats);
            if (i < 0) continue;
            mine.Add(first * 1e9 / repeats / elements);
            their.Add(second * 1e9 / repeats / elements);
        }

        mine.Sort();
        their.Sort();
        Console.WriteLine($"| {name} | {mine[Samples / 2]:F3} | {their[Samples / 2]:F3} | {other} |");
    }

    private static double Time(Action action, int repeats)
    {
        var start = Environment.CpuUsage.UserTime;
        for (var i = 0; i < repeats; i++) action();
        return (Environment.CpuUsage.UserTime - start).TotalSeconds;
    }

    private static void Softmax(float[] x, float[] y)
    {
        x.CopyTo(y, 0);
        VectorMath.Softmax(y);
    }

    private static double PlainLogSumExp(float[] x)
    {
        var max = x.Max();
        double sum = 0;
        foreach (var value in x) sum += MathF.Exp(value - max);
        return max + Math.Log(sum);
    }

    private static void PlainSilu(float[] x, float[] up, float[] y)
    {
        for (var i = 0; i < x.Length; i++) y[i] = x[i] / (1 + MathF.Exp(-x[i])) * up[i];
    }

    private static void PlainRmsNorm(float[] x, float[] weight, float[] y)
    {
        var factor = 1 / MathF.Sqrt(TensorPrimitives.SumOfSquares<float>(x) / x.Length + 1e-5f);
        TensorPrimitives.Multiply(x, factor, y);
        TensorPrimitives.Multiply(y, weight, y);
    }

    private static void PlainWiden(Half[] x, float[] y)
    {
        for (var i = 0; i < x.Length; i++) y[i] = (float)x[i];
    }

    private static void PlainNarrow(float[] x, Half[] y)
    {
        for (var i = 0; i < x.Length; i++) y[i] = (Half)x[i];
    }

    private static void PlainBFloat16(ushort[] x, float[] y)
    {
        for (var i = 0; i < x.Length; i++) y[i] = HalfConversion.BFloat16ToSingle(x[i]);
    }

    private static void PlainToBFloat16(float[] x, ushort[] y)
    {
        for (var i = 0; i < x.Length; i++) y[i] = HalfConversion.ToBFloat16(x[i]);
    }
}
