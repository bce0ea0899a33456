using Pare.Numerics;
using Pare.Tests.Training.Definition;
using Pare.Training;

namespace Pare.Tests.Training;

public sealed unsafe class MuonTests
{
    [Theory]
    [InlineData(12, 30)]
    [InlineData(30, 12)]
    [InlineData(17, 17)]
    [InlineData(1, 9)]
    public void Five_rounds_give_the_same_as_the_definition_in_double_precision(int rows, int columns)
    {
        var random = new SeededRandom(5);
        var values = new float[rows * columns];
        foreach (ref var value in values.AsSpan()) value = (float)random.NextGaussian();
        var expected = Orthogonalize(Array.ConvertAll(values, value => (double)value), rows, columns);
        using var pool = new ComputePool(2);
        using var newtonSchulz = new NewtonSchulz(pool, Math.Min(rows, columns), values.Length);
        fixed (float* x = values) newtonSchulz.Run(x, rows, columns);
        // Five rounds of products of numbers below 1.3 multiply roundings by up to 3.4 each.
        for (var i = 0; i < values.Length; i++) Assert.Equal(expected[i], values[i], 1e-4);
    }

    [Fact]
    public void A_matrix_of_orthogonal_rows_of_equal_length_keeps_its_direction()
    {
        // Rows of a Hadamard matrix: all singular values are equal, so every round only changes the scale.
        float[] values = [1, 1, 1, 1, 1, -1, 1, -1, 1, 1, -1, -1];
        using var pool = new ComputePool(1);
        using var newtonSchulz = new NewtonSchulz(pool, 3, 12);
        var before = values.ToArray();
        fixed (float* x = values) newtonSchulz.Run(x, 3, 4);
        var scale = values[0] / before[0];
        Assert.InRange(scale * 2, 0.65, 1.25);
        for (var i = 0; i < values.Length; i++) Assert.Equal(scale * before[i], values[i], 1e-5);
    }

    [Fact]
    public void Sites_move_by_orthogonal_steps_and_everything_else_by_AdamW()
    {
        using var model = SmallModels.Create("llama");
        using var muon = TrainableModel.From(model);
        using var adamW = TrainableModel.From(model);
        using var pool = new ComputePool(2);
        var options = new AdamWOptions { WeightDecay = 0.2, ClipNorm = 0 };
        using var first = new Muon(muon.Tensors, options, pool);
        using var second = new AdamW(adamW.Tensors, options, pool);
        var random = new SeededRandom(3);
        var before = muon.Graph.Sites.ToDictionary(site => site.Weight, site => Array.ConvertAll(muon.Values(site.Weight).ToArray(), value => (double)value));
        var momenta = before.ToDictionary(pair => pair.Key, pair => new double[pair.Value.Length]);
        for (var step = 0; step < 2; step++)
        {
            foreach (var parameter in model.Graph.Parameters)
            {
                var gradient = muon.Gradient(parameter.Id);
                foreach (ref var g in gradient) g = (float)random.NextGaussian();
                gradient.CopyTo(adamW.Gradient(parameter.Id));
            }

            foreach (var site in muon.Graph.Sites)
            {
                var gradient = muon.Gradient(site.Weight);
                var (momentum, update, w) = (momenta[site.Weight], new double[gradient.Length], before[site.Weight]);
                for (var i = 0; i < update.Length; i++)
                {
                    momentum[i] = 0.95 * momentum[i] + gradient[i];
                    update[i] = gradient[i] + 0.95 * momentum[i];
                }

                update = Orthogonalize(update, site.Rows, site.Columns);
                for (var i = 0; i < w.Length; i++) w[i] = w[i] * (1 - 0.01 * 0.2) - 0.01 * 0.2 * Math.Sqrt(Math.Max(site.Rows, site.Columns)) * update[i];
            }

            first.Step(0.01, 1);
            second.Step(0.01, 1);
        }

        foreach (var parameter in model.Graph.Parameters)
        {
            var found = muon.Values(parameter.Id);
            if (!before.TryGetValue(parameter.Id, out var expected)) Assert.True(found.SequenceEqual(adamW.Values(parameter.Id)), parameter.Name);
            else for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-5);
        }
    }

    [Fact]
    public void A_model_without_whole_sites_is_refused()
    {
        using var model = SmallModels.Create("llama");
        using var lora = TrainableModel.From(model, new TrainableOptions { Lora = new LoraOptions { Rank = 2 } });
        using var pool = new ComputePool(1);
        Assert.Contains("use AdamW", Assert.Throws<ArgumentException>(() => new Muon(lora.Tensors, new AdamWOptions(), pool)).Message, StringComparison.Ordinal);
    }

    // X ← aX + (bA + cA²)X, written out.
    private static double[] Orthogonalize(double[] x, int rows, int columns)
    {
        var norm = Math.Sqrt(x.Sum(value => value * value)) + 1e-7;
        x = [.. x.Select(value => value / norm)];
        for (var round = 0; round < 5; round++)
        {
            var gram = Product(x, Transposed(x, rows, columns), rows, columns, rows);
            var square = Product(gram, gram, rows, rows, rows);
            double[] polynomial = [.. gram.Select((value, i) => -4.7750 * value + 2.0315 * square[i])];
            var product = Product(polynomial, x, rows, rows, columns);
            x = [.. x.Select((value, i) => 3.4445 * value + product[i])];
        }

        return x;
    }

    private static double[] Transposed(double[] x, int rows, int columns)
    {
        var result = new double[x.Length];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++) result[j * rows + i] = x[i * columns + j];
        return result;
    }

    private static double[] Product(double[] a, double[] b, int rows, int inner, int columns)
    {
        var result = new double[rows * columns];
        for (var i = 0; i < rows; i++)
            for (var k = 0; k < inner; k++)
                for (var j = 0; j < columns; j++) result[i * columns + j] += a[i * inner + k] * b[k * columns + j];
        return result;
    }
}
