using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Training.Definition;
using Pare.Training;

namespace Pare.Tests.Training;

/// <summary>Gradients of every parameter of every family against the double-precision definition.</summary>
public sealed class GradientDefinitionTests
{
    /// <summary>Sums of some hundred products, each rounded at 6e-8 of its size, some of which cancel: 1e-6 is usual, 6e-6 the most that was seen.</summary>
    private const double Rounding = 1e-5;

    public static TheoryData<string, string> Small => SmallModels.All;

    [Theory]
    [MemberData(nameof(Small))]
    public void Gradients_are_those_of_the_definition(string name, string layers)
    {
        using var model = SmallModels.Create(name, layers);
        AssertDefinition(model, SmallModels.Tokens(model));
    }

    // Attention runs in blocks of 96 queries and heads, sums over tokens in parts of 128.
    [Theory]
    [InlineData("llama", 131)]
    [InlineData("mistral", 131)]
    [InlineData("gemma2", 97)]
    [InlineData("gemma3", 97)]
    [InlineData("olmo2", 131)]
    [InlineData("gpt-neox", 131)]
    [InlineData("gpt2", 32)]
    [InlineData("gemma2", 2)]
    public void Long_and_short_sequences_have_the_gradients_of_the_definition(string name, int length)
    {
        using var model = SmallModels.Create(name);
        AssertDefinition(model, SmallModels.Tokens(model, sequences: 3, length));
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Neither_threads_nor_running_blocks_again_change_a_bit(string name, string layers)
    {
        using var model = SmallModels.Create(name, layers);
        var tokens = SmallModels.Tokens(model, sequences: 5, length: 30);
        var expected = FloatGradients.Of(model, tokens, new GradientOptions { Threads = 1 });
        foreach (var threads in (int[])[2, 3])
            expected.AssertSame(FloatGradients.Of(model, tokens, new GradientOptions { Threads = threads }));
        using var trainable = TrainableModel.From(model);
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = 2, ActivationBytes = 0 });
        expected.AssertSame(FloatGradients.Of(engine, tokens));
        Assert.True(engine.Recomputes);
    }

    [Fact]
    public void Gradients_of_batches_add_up_until_they_are_cleared()
    {
        using var model = SmallModels.Create("gemma2");
        using var trainable = TrainableModel.From(model);
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = 2 });
        var tokens = SmallModels.Tokens(model, sequences: 4);
        var targets = DoubleGradients.NextTokens(tokens);
        var scale = 1f / targets.Count(target => target >= 0);
        // Batches of other sizes and lengths in between must leave nothing behind.
        for (var round = 0; round < 2; round++)
        {
            trainable.ClearGradients();
            engine.Accumulate(tokens[0], targets.AsSpan(0, 9), 9, scale);
            engine.Accumulate([.. tokens[1], .. tokens[2], .. tokens[3]], targets.AsSpan(9), 9, scale);
            var expected = Definition(model, tokens);
            DoubleGradients.AssertClose(model.Config, expected.Parameters.Keys, id => Array.ConvertAll(trainable.Gradient(id).ToArray(), v => (double)v), id => expected.Parameters[id], Rounding);
            engine.Accumulate([1, 2, 3, 4], [2, 3, 4, -1], 4, 1);
        }
    }

    [Fact]
    public void Loss_and_logits_are_those_of_the_gradients_forward_pass()
    {
        using var model = SmallModels.Create("opt-350m");
        using var trainable = TrainableModel.From(model);
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = 2 });
        var tokens = SmallModels.Tokens(model);
        int[] all = [.. tokens.SelectMany(sequence => sequence)];
        var targets = DoubleGradients.NextTokens(tokens);
        var loss = engine.Loss(all, targets, 9);
        Assert.All(model.Graph.Parameters, parameter => Assert.All(trainable.Gradient(parameter.Id).ToArray(), g => Assert.Equal(0, g)));
        Assert.Equal(loss, engine.Accumulate(all, targets, 9, 1));
        var logits = new float[all.Length * model.Config.VocabularySize];
        engine.Logits(all, 9, logits);
        Assert.InRange(DoubleGradients.Difference(Array.ConvertAll(logits, v => (double)v), Definition(model, tokens).Logits), 0, 1e-6);
    }

    private static void AssertDefinition(Model model, int[][] tokens)
    {
        var expected = Definition(model, tokens);
        var found = FloatGradients.Of(model, tokens);
        Assert.Equal(expected.Loss, found.Loss.MeanCrossEntropy, 1e-6 * expected.Loss);
        // Some gradients are nearly 0 for all their terms; what rounding the weights once more does to them bounds what single precision can.
        var rounded = DoubleGradients.ValuesOf(model);
        var random = new SeededRandom(1);
        foreach (var values in rounded.Values)
            for (var i = 0; i < values.Length; i++) values[i] *= 1 + 6e-8 * (2 * random.NextDouble() - 1);
        var moved = Definition(model, tokens, rounded);
        DoubleGradients.AssertClose(model.Config, expected.Parameters.Keys, found.Of, id => expected.Parameters[id],
            id => Math.Max(Rounding, 4 * DoubleGradients.Difference(moved.Parameters[id], expected.Parameters[id])));
    }

    private static DoubleGradients Definition(Model model, int[][] tokens, Dictionary<ParameterId, double[]>? values = null) =>
        DoubleGradients.Of(new DoubleModel(model.Config, values ?? DoubleGradients.ValuesOf(model)), tokens, (tape, logits) => tape.CrossEntropy(logits, DoubleGradients.NextTokens(tokens)));
}
