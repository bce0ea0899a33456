using Pare.Numerics;
using Pare.Tests.Training.Definition;
using Pare.Training;

namespace Pare.Tests.Training;

public sealed class AdamWDefinitionTests
{
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(true, 0.001)]
    public void Steps_move_values_as_the_definition_does(bool decaysVectors, double gradientSize)
    {
        using var model = SmallModels.Create("gpt2");
        using var trainable = TrainableModel.From(model);
        using var pool = new ComputePool(2);
        using var optimizer = new AdamW(trainable.Tensors, new AdamWOptions { DecaysVectors = decaysVectors }, pool);
        var measure = new GradientNorm(trainable.Tensors);
        var start = DoubleGradients.ValuesOf(model);
        var values = DoubleGradients.ValuesOf(model);
        var definition = new DoubleAdamW(values, id => decaysVectors || !model.Graph.Get(id).IsVector);
        var random = new SeededRandom(9);
        for (var step = 0; step < 5; step++)
        {
            foreach (var parameter in model.Graph.Parameters)
                foreach (ref var g in trainable.Gradient(parameter.Id)) g = (float)(gradientSize * random.NextGaussian());
            var gradients = values.Keys.ToDictionary(id => id, id => Array.ConvertAll(trainable.Gradient(id).ToArray(), g => (double)g));
            var norm = Math.Sqrt(gradients.Values.Sum(gradient => gradient.Sum(g => g * g)));
            // The first two runs are clipped, the third is not.
            Assert.Equal(gradientSize == 1, norm > 1);
            Assert.Equal(norm, measure.Compute(pool), 1e-6 * norm);
            definition.Step(gradients);
            optimizer.Step(1e-3, norm);
        }

        // Five steps of 1e-3 on values around 1/3, which are rounded at 3e-8.
        foreach (var (id, expected) in values)
        {
            double[] moved = [.. expected.Zip(start[id], (a, b) => a - b)];
            double[] found = [.. trainable.Values(id).ToArray().Zip(start[id], (a, b) => a - b)];
            Assert.InRange(DoubleGradients.Difference(found, moved), 0, 1e-4);
        }
    }
}
