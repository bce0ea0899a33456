using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Models.Support;
using Pare.Tests.Runtime;
using Pare.Tests.Training.Definition;
using Pare.TestSupport;

namespace Pare.Tests.Training;

/// <summary>The double-precision definition of the models: against PyTorch's recorded figures, and its gradients against finite differences.</summary>
public sealed class DoubleModelTests
{
    public static TheoryData<string> Recorded => Families.All;

    public static TheoryData<string, string> Small => SmallModels.All;

    [SharedTheory]
    [MemberData(nameof(Recorded))]
    public void Logits_loss_and_gradients_are_the_recorded_ones(string family)
    {
        using var reference = new FamilyReference(family, "config.json");
        using var recorded = new RecordedGradients(family, reference.Model.Config);
        int[][] tokens = [reference.Tokens(0), reference.Tokens(1)];
        var found = DoubleGradients.Of(new DoubleModel(reference.Model.Config, DoubleGradients.ValuesOf(reference.Model)), tokens,
            (tape, logits) => tape.CrossEntropy(logits, DoubleGradients.NextTokens(tokens)));
        // Both errors are those of PyTorch's single precision.
        Assert.InRange(DoubleGradients.Difference(found.Logits, reference.Logits()), 0, 1e-5);
        Assert.Equal(recorded.Loss, found.Loss, 1e-5 * recorded.Loss);
        Assert.Equal(recorded.Ids.ToHashSet(), found.Parameters.Keys.ToHashSet());
        DoubleGradients.AssertClose(reference.Model.Config, recorded.Ids, id => found.Parameters[id], recorded.Of, 1e-5);
    }

    [SharedTheory]
    [MemberData(nameof(Recorded))]
    public void Ten_steps_of_AdamW_have_the_recorded_losses(string family)
    {
        using var reference = new FamilyReference(family, "config.json");
        using var recorded = new RecordedGradients(family, reference.Model.Config);
        int[][] tokens = [reference.Tokens(0), reference.Tokens(1)];
        var values = DoubleGradients.ValuesOf(reference.Model);
        var optimizer = new DoubleAdamW(values);
        foreach (var expected in recorded.AdamWLosses)
        {
            var found = DoubleGradients.Of(new DoubleModel(reference.Model.Config, values), tokens,
                (tape, logits) => tape.CrossEntropy(logits, DoubleGradients.NextTokens(tokens)));
            Assert.Equal(expected, found.Loss, 1e-3 * expected);
            optimizer.Step(found.Parameters);
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Gradients_are_those_of_finite_differences(string name, string layers)
    {
        using var model = SmallModels.Create(name, layers);
        var tokens = SmallModels.Tokens(model);
        var values = DoubleGradients.ValuesOf(model);
        var found = Evaluate();
        var random = new SeededRandom(3);
        foreach (var (id, gradient) in found.Parameters)
        {
            if (DoubleGradients.Vanishes(model.Config, id))
            {
                Assert.All(gradient, g => Assert.Equal(0, g, 1e-14));
                continue;
            }

            // Along the gradient and a random direction of the same length, so that neither a missing nor an added part goes unseen.
            double[] direction = [.. gradient.Select(_ => random.NextGaussian())];
            var (norm, length) = (Norm(gradient), Norm(direction));
            for (var i = 0; i < direction.Length; i++) direction[i] = direction[i] / length + gradient[i] / norm;
            var expected = FiniteDifferences.Along(values[id], direction, 1e-6, () => Evaluate().Loss);
            var product = gradient.Zip(direction, (g, d) => g * d).Sum();
            // Rounding of the loss over the step is 1e-9.
            Assert.True(Math.Abs(product - expected) < 1e-5 * Math.Abs(expected) + 2e-9, $"{id}: {product} by the tape, {expected} by differences");
        }

        DoubleGradients Evaluate() => DoubleGradients.Of(new DoubleModel(model.Config, values), tokens,
            (tape, logits) => tape.CrossEntropy(logits, DoubleGradients.NextTokens(tokens)));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void Gradients_of_low_rank_adapters_are_those_of_finite_differences(string name)
    {
        using var model = SmallModels.Create(name);
        var tokens = SmallModels.Tokens(model);
        var values = DoubleGradients.ValuesOf(model);
        var random = new SeededRandom(5);
        var sites = model.Graph.Sites.Select(site => new ParameterId(site.Role, site.Layer)).ToList();
        var factors = sites.ToDictionary(id => id, id => (A: Matrix(3 * model.Graph.Get(id).Columns), B: Matrix(3 * model.Graph.Get(id).Rows)));
        var found = Evaluate();
        foreach (var id in sites)
        {
            Check(factors[id].A, found.Adapters[id].A.Gradient);
            Check(factors[id].B, found.Adapters[id].B.Gradient);
        }

        void Check(double[] matrix, double[] gradient)
        {
            double[] direction = [.. gradient.Select(g => g / Norm(gradient) + random.NextGaussian() / gradient.Length)];
            var expected = FiniteDifferences.Along(matrix, direction, 1e-6, () => Evaluate().Loss);
            Assert.Equal(expected, gradient.Zip(direction, (g, d) => g * d).Sum(), 1e-5 * Math.Abs(expected) + 2e-9);
        }

        (double Loss, Dictionary<ParameterId, DoubleAdapter> Adapters) Evaluate()
        {
            var adapters = sites.ToDictionary(id => id, id => new DoubleAdapter(
                new Var(3, model.Graph.Get(id).Columns, factors[id].A), new Var(model.Graph.Get(id).Rows, 3, factors[id].B), Alpha: 5));
            var result = DoubleGradients.Of(new DoubleModel(model.Config, values, adapters), tokens,
                (tape, logits) => tape.CrossEntropy(logits, DoubleGradients.NextTokens(tokens)));
            return (result.Loss, adapters);
        }

        double[] Matrix(int count) => [.. Enumerable.Range(0, count).Select(_ => 0.2 * random.NextGaussian())];
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}
