using Pare.Models;
using Pare.Training;

namespace Pare.Tests.Training.Definition;

/// <summary>What the library makes of a batch: the loss and the gradients of every parameter, in single precision.</summary>
internal sealed record FloatGradients(LossSums Loss, IReadOnlyDictionary<ParameterId, float[]> Parameters)
{
    /// <summary>Gradients of the mean loss over the tokens that are predicted.</summary>
    public static FloatGradients Of(Model model, int[][] tokens, GradientOptions? options = null, LossOptions? loss = null, ITeacher? teacher = null)
    {
        using var trainable = TrainableModel.From(model);
        using var engine = new GradientEngine(trainable, options ?? new GradientOptions { Threads = 1 });
        return Of(engine, tokens, loss, teacher);
    }

    /// <summary>Adds the gradients of the mean loss to the engine's model and copies them.</summary>
    public static FloatGradients Of(GradientEngine engine, int[][] tokens, LossOptions? loss = null, ITeacher? teacher = null)
    {
        var targets = DoubleGradients.NextTokens(tokens);
        var sums = engine.Accumulate([.. tokens.SelectMany(sequence => sequence)], targets, tokens[0].Length, 1f / targets.Count(target => target >= 0), loss, teacher);
        return new FloatGradients(sums, engine.Model.Graph.Parameters.ToDictionary(p => p.Id, p => engine.Model.Gradient(p.Id).ToArray()));
    }

    /// <summary>A parameter's gradient in double precision.</summary>
    public double[] Of(ParameterId id) => Array.ConvertAll(Parameters[id], value => (double)value);

    /// <summary>Asserts that two runs agree to the bit.</summary>
    public void AssertSame(FloatGradients other)
    {
        Assert.Equal(Loss, other.Loss);
        foreach (var (id, gradient) in Parameters)
            Assert.True(gradient.AsSpan().SequenceEqual(other.Parameters[id]), $"{id}: the gradients differ");
    }
}
