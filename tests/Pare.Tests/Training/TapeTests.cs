using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Training.Definition;

namespace Pare.Tests.Training;

/// <summary>Every operation of the definition: its derivatives by finite differences, and values that are known.</summary>
public sealed class TapeTests
{
    private static readonly bool[] s_counts = [true, false, true, true];

    [Fact]
    public void Linear() => Check((tape, x) => tape.Linear(x[0], x[1], x[2]), (3, 5), (4, 5), (1, 4));

    [Fact]
    public void Lookup() => Check((tape, x) => tape.Lookup(x[0], [1, 3, 1]), (4, 3));

    [Fact]
    public void Add_multiply_scale_and_sum() =>
        Check((tape, x) => tape.Sum(tape.Scale(tape.Multiply(tape.Add(x[0], x[1], 1.5), x[1]), -0.7)), (2, 3), (2, 3));

    [Theory]
    [InlineData(NormKind.RmsNorm, 0)]
    [InlineData(NormKind.RmsNorm, 1)]
    [InlineData(NormKind.LayerNorm, 0)]
    public void Norm(NormKind kind, double offset)
    {
        Check((tape, x) => tape.Norm(x[0], x[1], kind == NormKind.LayerNorm ? x[2] : null, kind, 1e-2, offset), (3, 5), (1, 5), (1, 5));
        Check((tape, x) => tape.Norm(x[0], x[1], kind == NormKind.LayerNorm ? x[2] : null, kind, 1e-2, offset), (2, 12), (1, 4), (1, 4));
    }

    [Theory]
    [InlineData(ActivationKind.Silu, 0.7310585786300049, -0.2689414213699951)]
    [InlineData(ActivationKind.Gelu, 0.8413447460685429, -0.15865525393145707)]
    [InlineData(ActivationKind.GeluTanh, 0.841191990608276, -0.158808009391724)]
    [InlineData(ActivationKind.Relu, 1, 0)]
    public void Activate(ActivationKind kind, double atOne, double atMinusOne)
    {
        Check((tape, x) => tape.Activate(x[0], kind), (3, 7));
        var y = new Tape().Activate(new Var(1, 2, [1, -1]), kind);
        Assert.Equal(atOne, y.Value[0], 1e-14);
        Assert.Equal(atMinusOne, y.Value[1], 1e-14);
    }

    [Fact]
    public void Normal_distribution_has_its_known_quantiles()
    {
        Assert.Equal(0.975, NormalDistribution.Cumulative(1.959963984540054), 1e-14);
        Assert.Equal(2.866515718791939e-07, NormalDistribution.Cumulative(-5), 1e-15);
        Assert.Equal(1, NormalDistribution.Cumulative(8.5), 1e-15);
    }

    [Fact]
    public void Softcap() => Check((tape, x) => tape.Softcap(x[0], 1.3), (2, 4));

    [Theory]
    [InlineData(RopeScaling.None, 4)]
    [InlineData(RopeScaling.None, 6)]
    [InlineData(RopeScaling.Yarn, 6)]
    public void Rotate(RopeScaling scaling, int dimensions)
    {
        var rope = new RopeConfig { Dimensions = dimensions, Theta = 100, Scaling = scaling, Factor = 4, OriginalMaxPositionEmbeddings = 8 };
        Check((tape, x) => tape.Rotate(x[0], 6, rope, length: 3, contextLength: 3), (6, 12));
    }

    [Fact]
    public void Rotate_turns_pairs_by_position_times_frequency()
    {
        // θ^(−2/4) = 1/10 for the second of two pairs.
        var rope = new RopeConfig { Dimensions = 4, Theta = 100 };
        var y = new Tape().Rotate(new Var(4, 4, [1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0]), 4, rope, length: 4, contextLength: 4);
        Assert.Equal([Math.Cos(3), Math.Cos(0.3), Math.Sin(3), Math.Sin(0.3)], y.Value[12..], Near);
    }

    [Theory]
    [InlineData(4, 4, null, 0)]
    [InlineData(4, 2, null, 0)]
    [InlineData(6, 2, 2, 0)]
    [InlineData(2, 1, 3, 0.8)]
    public void Attend(int heads, int keyValueHeads, int? window, double softcap)
    {
        var layer = new LayerConfig { Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = 3, FfnSize = 0, AttentionScale = 0.6f, SlidingWindow = window };
        Check((tape, x) => tape.Attend(x[0], x[1], x[2], layer, softcap, length: 5), (10, heads * 3), (10, keyValueHeads * 3), (10, keyValueHeads * 3));
    }

    [Fact]
    public void Cross_entropy()
    {
        Check((tape, x) => tape.CrossEntropy(x[0], [2, -1, 0, 4]), (4, 5));
        // Row 0 is uniform; row 2 gives its target ¾; row 1 is left out.
        var loss = new Tape().CrossEntropy(new Var(3, 4, [0, 0, 0, 0, 9, 1, 2, 3, Math.Log(9), 0, 0, 0]), [1, -1, 0]);
        Assert.Equal((Math.Log(4) + Math.Log(4.0 / 3)) / 2, loss.Value[0], 1e-14);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2.5)]
    public void Distillation(double temperature)
    {
        var teacher = Random(20, 99);
        Check((tape, x) => tape.ForwardDivergence(x[0], teacher, temperature, s_counts), (4, 5));
        Check((tape, x) => tape.ReverseDivergence(x[0], teacher, temperature, s_counts), (4, 5));
        Check((tape, x) => tape.JensenShannonDivergence(x[0], teacher, temperature, s_counts), (4, 5));
        Check((tape, x) => tape.LogitSquaredError(x[0], teacher, s_counts), (4, 5));

        // At temperature T these logits are the distributions (¾, ¼) and (½, ½), or (¾, ¼) and (¼, ¾).
        double[] p = [temperature * Math.Log(3), 0], even = [1, 1], mirrored = [0, p[0]];
        var square = temperature * temperature;
        Assert.Equal(square * (0.75 * Math.Log(1.5) + 0.25 * Math.Log(0.5)), new Tape().ForwardDivergence(new Var(1, 2, even), p, temperature, [true]).Value[0], 1e-14);
        Assert.Equal(square * (0.5 * Math.Log(2 / 3.0) + 0.5 * Math.Log(2)), new Tape().ReverseDivergence(new Var(1, 2, even), p, temperature, [true]).Value[0], 1e-14);
        Assert.Equal(square * (0.75 * Math.Log(1.5) + 0.25 * Math.Log(0.5)), new Tape().JensenShannonDivergence(new Var(1, 2, mirrored), p, temperature, [true]).Value[0], 1e-14);
        Assert.Equal(p[0] * p[0], new Tape().LogitSquaredError(new Var(1, 2, mirrored), p, [true]).Value[0], 1e-14);
    }

    private static readonly IEqualityComparer<double> Near = EqualityComparer<double>.Create((a, b) => Math.Abs(a - b) < 1e-14, _ => 0);

    // A random weighting of the results is differentiated with respect to every element of every input.
    private static void Check(Func<Tape, Var[], Var> operation, params (int Rows, int Columns)[] shapes)
    {
        double[][] values = [.. shapes.Select((shape, i) => Random(shape.Rows * shape.Columns, (ulong)i + 1))];
        var (loss, inputs, tape) = Evaluate();
        tape.Backward(loss);
        for (var i = 0; i < values.Length; i++)
        {
            var expected = FiniteDifferences.Each(values[i], 1e-5, () => Evaluate().Loss.Value[0]);
            Assert.InRange(DoubleGradients.Difference(inputs[i].Gradient, expected), 0, 1e-7);
        }

        (Var Loss, Var[] Inputs, Tape Tape) Evaluate()
        {
            var tape = new Tape();
            Var[] inputs = [.. values.Select((value, i) => new Var(shapes[i].Rows, shapes[i].Columns, value))];
            var result = operation(tape, inputs);
            return (tape.Sum(tape.Multiply(result, new Var(result.Rows, result.Columns, Random(result.Value.Length, 77)))), inputs, tape);
        }
    }

    private static double[] Random(int count, ulong seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextGaussian())];
    }
}
