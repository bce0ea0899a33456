using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Models.Support;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Training.Elastic;

public sealed class SuperNetworkObjectiveTests
{
    private const int Length = 24;
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 4 * Length).Select(i => (i * i * 3 + i / 7 * 11) % 250)];
    private static readonly int[] s_targets = [.. Enumerable.Range(0, 4 * Length).Select(i => i % Length == Length - 1 ? -1 : s_tokens[i + 1])];

    [SharedFact]
    public void The_gradient_is_the_weighted_sum_of_those_of_its_parts()
    {
        using var model = Model.Open(Families.PathOf("llama"));
        using var whole = TrainableModel.From(model);
        using var engine = new GradientEngine(whole, new GradientOptions { Threads = 1 });
        var shape = SlicedModelTests.Shape(model.Config, "depth ffn");
        var options = new SuperNetworkOptions { SubNetworks = 2, Sub = new LossOptions { CrossEntropyWeight = 0.5f, DistillationWeight = 2, Temperature = 0.9f } };
        using var objective = new SuperNetworkObjective(engine, _ => shape, "one", options);
        var reported = objective.Accumulate(0, s_tokens, s_targets, Length, 0.3f);
        var found = Gradients(whole);

        // The parts by themselves; the teacher of the slice is another engine over the same, frozen values.
        whole.ClearGradients();
        using var frozen = TrainableModel.From(model, new TrainableOptions { IsFrozen = true });
        using var frozenEngine = new GradientEngine(frozen, new GradientOptions { Threads = 1 });
        using var teacher = new EngineOutput(frozenEngine);
        frozenEngine.KeptOutput = teacher;
        frozenEngine.Loss(s_tokens, s_targets, Length);
        var alone = engine.Accumulate(s_tokens, s_targets, Length, 0.1f);
        using var sliced = new GradientEngine(new SlicedModel(whole, shape), engine);
        var sub = default(LossSums);
        for (var i = 0; i < 2; i++) sub = sliced.Accumulate(s_tokens, s_targets, Length, 0.1f, options.Sub, teacher);
        Assert.Equal(alone.CrossEntropy, reported.CrossEntropy);
        Assert.True(sub.Distance > 0);
        var expected = Gradients(whole);
        for (var p = 0; p < expected.Count; p++)
        {
            var tolerance = 1e-4f * expected[p].Max(Math.Abs) + 1e-9f;
            for (var i = 0; i < expected[p].Length; i++) Assert.InRange(found[p][i], expected[p][i] - tolerance, expected[p][i] + tolerance);
        }
    }

    [SharedFact]
    public void Alternation_trains_one_kind_of_network_at_a_time()
    {
        using var model = Model.Open(Families.PathOf("llama"));
        using var whole = TrainableModel.From(model);
        using var engine = new GradientEngine(whole, new GradientOptions { Threads = 1 });
        var shape = SlicedModelTests.Shape(model.Config, "ffn");
        using var objective = new SuperNetworkObjective(engine, _ => shape, "one", SuperNetworkOptions.InstaTune with { Alternates = true });
        var lost = (model.Config.Layers[0].FfnSize - 1) * model.Config.HiddenSize;
        var even = objective.Accumulate(0, s_tokens, s_targets, Length, 1);
        Assert.NotEqual(0, whole.Gradient(new ParameterId(ParameterRole.Up, 0))[lost]);
        whole.ClearGradients();
        var odd = objective.Accumulate(1, s_tokens, s_targets, Length, 1);
        Assert.Equal(0, whole.Gradient(new ParameterId(ParameterRole.Up, 0))[lost]);
        Assert.NotEqual(0, whole.Gradient(new ParameterId(ParameterRole.Up, 0))[0]);
        Assert.Equal(even.CrossEntropy, odd.CrossEntropy);
    }

    [SharedFact]
    public void Draws_depend_on_the_batch_alone()
    {
        using var model = Model.Open(Families.PathOf("llama"));
        using var whole = TrainableModel.From(model);
        using var engine = new GradientEngine(whole, new GradientOptions { Threads = 1 });
        var full = SubNetwork.Whole(model.Config);
        var drawn = new List<int>();
        SubNetwork Draw(SeededRandom random)
        {
            var width = 16 + random.NextInt(32);
            drawn.Add(width);
            return full with { Layers = [.. full.Layers.Select(layer => layer with { FfnSize = width })] };
        }

        using var objective = new SuperNetworkObjective(engine, Draw, "width");
        foreach (var batch in (long[])[0, 1, 2, 1, 0]) objective.Accumulate(batch, s_tokens, s_targets, Length, 1);
        Assert.Equal(15, drawn.Count);
        Assert.Equal(drawn[..3], drawn[12..]);
        Assert.Equal(drawn[3..6], drawn[9..12]);
        Assert.NotEqual(drawn[..3], drawn[3..6]);
    }

    [SharedFact]
    public void Sandwich_training_helps_sub_networks_more_than_plain_training()
    {
        var shape = default(SubNetwork);
        double After(bool elastic)
        {
            using var model = Model.Open(Families.PathOf("llama"));
            shape = SlicedModelTests.Shape(model.Config, "depth ffn groups");
            using var whole = TrainableModel.From(model);
            using var engine = new GradientEngine(whole, new GradientOptions { Threads = 2 });
            using var objective = new SuperNetworkObjective(engine, _ => shape, "one", SuperNetworkOptions.Sandwich with { SubNetworks = 1 });
            using var optimizer = new AdamW(whole.Tensors, new AdamWOptions(), engine.Pool);
            var norm = new GradientNorm(whole.Tensors);
            for (var step = 0; step < 60; step++)
            {
                whole.ClearGradients();
                if (elastic) objective.Accumulate(step, s_tokens, s_targets, Length, 1f / 92);
                else engine.Accumulate(s_tokens, s_targets, Length, 1f / 92);
                optimizer.Step(2e-3f, norm.Compute(engine.Pool));
            }

            using var sliced = new GradientEngine(new SlicedModel(whole, shape), engine);
            return sliced.Loss(s_tokens, s_targets, Length).MeanCrossEntropy;
        }

        var (plain, sandwich) = (After(elastic: false), After(elastic: true));
        Assert.True(sandwich < plain - 0.2, $"sandwich {sandwich:F3}, plain {plain:F3}");
    }

    private static List<float[]> Gradients(TrainableModel model) => [.. model.Graph.Parameters.Select(parameter => model.Gradient(parameter.Id).ToArray())];
}
