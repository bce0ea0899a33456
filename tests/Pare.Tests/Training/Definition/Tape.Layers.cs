using Pare.Models;

namespace Pare.Tests.Training.Definition;

internal sealed partial class Tape
{
    /// <summary>Normalises every run of weight.Columns elements of x: RMS norm x / √(mean(x²) + ε) · (w + offset), layer norm (x − mean) / √(variance + ε) · (w + offset) + b.</summary>
    public Var Norm(Var x, Var weight, Var? bias, NormKind kind, double epsilon, double offset)
    {
        var width = weight.Value.Length;
        Assert.Equal(0, x.Columns % width);
        var runs = x.Value.Length / width;
        var (normed, inverse, y) = (new double[x.Value.Length], new double[runs], new double[x.Value.Length]);
        for (var run = 0; run < runs; run++)
        {
            var values = x.Value.AsSpan(run * width, width);
            double mean = 0, square = 0;
            if (kind == NormKind.LayerNorm) foreach (var value in values) mean += value / width;
            foreach (var value in values) square += (value - mean) * (value - mean) / width;
            inverse[run] = 1 / Math.Sqrt(square + epsilon);
            for (var i = 0; i < width; i++)
            {
                var z = (values[i] - mean) * inverse[run];
                normed[run * width + i] = z;
                y[run * width + i] = z * (weight.Value[i] + offset) + (bias?.Value[i] ?? 0);
            }
        }

        return Record(x.Rows, x.Columns, y, result =>
        {
            for (var run = 0; run < runs; run++)
            {
                double meanGradient = 0, meanProduct = 0;
                for (var i = 0; i < width; i++)
                {
                    var (g, z) = (result.Gradient[run * width + i], normed[run * width + i]);
                    weight.Gradient[i] += g * z;
                    if (bias is not null) bias.Gradient[i] += g;
                    var dz = g * (weight.Value[i] + offset);
                    meanProduct += dz * z / width;
                    if (kind == NormKind.LayerNorm) meanGradient += dz / width;
                }

                for (var i = 0; i < width; i++)
                {
                    var dz = result.Gradient[run * width + i] * (weight.Value[i] + offset);
                    x.Gradient[run * width + i] += inverse[run] * (dz - meanGradient - normed[run * width + i] * meanProduct);
                }
            }
        });
    }

    /// <summary>The non-linearity of a feed-forward network.</summary>
    public Var Activate(Var x, ActivationKind kind) => kind switch
    {
        ActivationKind.Silu => Map(x, v => v * Sigmoid(v), v => Sigmoid(v) * (1 + v * (1 - Sigmoid(v)))),
        ActivationKind.Gelu => Map(x, v => v * NormalDistribution.Cumulative(v), v => NormalDistribution.Cumulative(v) + v * NormalDistribution.Density(v)),
        ActivationKind.GeluTanh => Map(x, v => v / 2 * (1 + Math.Tanh(Inner(v))),
            v => (1 + Math.Tanh(Inner(v))) / 2 + v / 2 * (1 - Math.Pow(Math.Tanh(Inner(v)), 2)) * Math.Sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * v * v)),
        ActivationKind.Relu => Map(x, v => Math.Max(v, 0), v => v > 0 ? 1 : 0),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown activation"),
    };

    /// <summary>c · tanh(x / c).</summary>
    public Var Softcap(Var x, double c) => Map(x, v => c * Math.Tanh(v / c), v => 1 - Math.Pow(Math.Tanh(v / c), 2));

    /// <summary>Turns pairs (i, i + D/2) of the first D channels of every head; row t has position t % length.</summary>
    public Var Rotate(Var x, int headSize, RopeConfig rope, int length, int contextLength)
    {
        var frequencies = RopeFrequencies.Compute(rope, contextLength, out var factor);
        return Record(x.Rows, x.Columns, Turned(x.Value, +1), result =>
        {
            // A rotation's transpose is the rotation back.
            var back = Turned(result.Gradient, -1);
            for (var i = 0; i < back.Length; i++) x.Gradient[i] += back[i];
        });

        double[] Turned(double[] values, int direction)
        {
            var turned = (double[])values.Clone();
            var half = frequencies.Length;
            for (var t = 0; t < x.Rows; t++)
            {
                for (var first = t * x.Columns; first < (t + 1) * x.Columns; first += headSize)
                {
                    for (var i = 0; i < half; i++)
                    {
                        var (sin, cos) = Math.SinCos(direction * frequencies[i] * (t % length));
                        var (a, b) = (values[first + i], values[first + half + i]);
                        turned[first + i] = factor * (a * cos - b * sin);
                        turned[first + half + i] = factor * (b * cos + a * sin);
                    }
                }
            }

            return turned;
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Inner(double x) => Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
}
