using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Models.Support;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Training.Elastic;

public sealed class ImportanceScorerTests
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 48).Select(i => (i * 29 + 7) % 250)];

    [SharedTheory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    [InlineData("olmo2")]
    public void Parts_that_do_nothing_are_scored_zero_and_come_last(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        using var trainable = TrainableModel.From(model, new TrainableOptions { IsFrozen = true });
        var config = model.Config;
        // Neuron 3 of layer 0 and the values of the last key-value head of layer 1 are switched off.
        Silence(trainable, new ParameterId(config.GatedFfn ? ParameterRole.Gate : ParameterRole.Up, 0), 3, 1, config.HiddenSize);
        var size = config.Layers[1].HeadSize;
        Silence(trainable, new ParameterId(ParameterRole.Value, 1), (config.Layers[1].KeyValueHeads - 1) * size, size, config.HiddenSize);
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = 1 });
        var scores = ImportanceScorer.Score(engine, s_tokens, 24, NeuronMeasure.Activated);
        Assert.Equal(48, scores.Tokens);
        Assert.Equal(0, scores.Neurons[0][3]);
        Assert.Single(scores.Neurons[0], score => score == 0);
        var group = config.Layers[1].Heads / config.Layers[1].KeyValueHeads;
        Assert.All(scores.Heads[1].TakeLast(group), score => Assert.Equal(0, score));
        Assert.All(scores.Heads[1].SkipLast(group), score => Assert.True(score > 0));
        var order = scores.ToOrder(config);
        Assert.Equal(3, order.Neurons[0][^1]);
        Assert.Equal(config.Layers[1].KeyValueHeads - 1, order.Groups[1][^1]);
        Assert.All(scores.Hidden, score => Assert.True(score > 0));
    }

    [SharedFact]
    public void Neuron_scores_are_means_of_what_the_definition_computes()
    {
        using var model = Model.Open(Families.PathOf("llama"));
        using var trainable = TrainableModel.From(model, new TrainableOptions { IsFrozen = true });
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = 1 });
        var config = model.Config;
        int[] token = [42];
        // One token: attention gives its value, so layer 0 is a formula of a few lines.
        var x = Row(ParameterRole.TokenEmbedding, -1, 42);
        var normed = RmsNorm(x, ParameterRole.AttentionInputNorm);
        var layer = config.Layers[0];
        var values = Product(ParameterRole.Value, normed);
        double[] mixed = [.. Enumerable.Range(0, layer.QuerySize).Select(i => values[i / layer.HeadSize / (layer.Heads / layer.KeyValueHeads) * layer.HeadSize + i % layer.HeadSize])];
        double[] middle = [.. x.Zip(Product(ParameterRole.Output, mixed), (a, b) => a + b)];
        var input = RmsNorm(middle, ParameterRole.FfnInputNorm);
        var (gate, up) = (Product(ParameterRole.Gate, input), Product(ParameterRole.Up, input));
        var published = ImportanceScorer.Score(engine, token, 1, NeuronMeasure.GatePreActivation);
        var better = ImportanceScorer.Score(engine, token, 1, NeuronMeasure.Activated);
        for (var i = 0; i < gate.Length; i++)
        {
            Assert.Equal(Math.Abs(gate[i]), published.Neurons[0][i], 1e-4);
            Assert.Equal(Math.Abs(gate[i] / (1 + Math.Exp(-gate[i])) * up[i]), better.Neurons[0][i], 1e-4);
        }

        for (var head = 0; head < layer.Heads; head++) Assert.Equal(Math.Sqrt(mixed.Skip(head * layer.HeadSize).Take(layer.HeadSize).Sum(v => v * v)), better.Heads[0][head], 1e-4);
        double[] output = [.. middle.Zip(Product(ParameterRole.Down, [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)]), (a, b) => a + b)];
        var cosine = x.Zip(output).Sum(pair => pair.First * pair.Second) / Math.Sqrt(x.Sum(v => v * v)) / Math.Sqrt(output.Sum(v => v * v));
        Assert.Equal(1 - cosine, better.Layers[0], 1e-5);

        double[] Row(ParameterRole role, int index, int row)
        {
            var weight = model.GetWeight(new ParameterId(role, index));
            return [.. weight.ToArray().Skip(row * weight.Columns).Take(weight.Columns).Select(v => (double)v)];
        }

        double[] RmsNorm(double[] v, ParameterRole role)
        {
            var scale = 1 / Math.Sqrt(v.Average(a => a * a) + config.NormEpsilon);
            return [.. v.Zip(Row(role, 0, 0), (a, w) => a * scale * w)];
        }

        double[] Product(ParameterRole role, double[] v) => [.. Enumerable.Range(0, model.GetWeight(new ParameterId(role, 0)).Rows).Select(row => Row(role, 0, row).Zip(v, (a, b) => a * b).Sum())];
    }

    [SharedFact]
    public void Shared_orders_are_by_the_sums_over_layers()
    {
        using var model = Model.Open(Families.PathOf("llama"));
        using var trainable = TrainableModel.From(model, new TrainableOptions { IsFrozen = true });
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = 1 });
        var scores = ImportanceScorer.Score(engine, s_tokens, 24);
        var order = scores.ToOrder(model.Config, shared: true);
        Assert.All(order.Neurons, neurons => Assert.Equal(order.Neurons[0], neurons));
        double Sum(int neuron) => scores.Neurons.Sum(layer => layer[neuron]);
        for (var i = 1; i < order.Neurons[0].Count; i++) Assert.True(Sum(order.Neurons[0][i - 1]) >= Sum(order.Neurons[0][i]));
        Assert.NotEqual(order.Neurons[0], scores.ToOrder(model.Config).Neurons[0]);
    }

    private static void Silence(TrainableModel model, ParameterId id, int first, int count, int width)
    {
        model.Values(id).Slice(first * width, count * width).Clear();
        var bias = id with { IsBias = true };
        if (model.Graph.Contains(bias)) model.Values(bias).Slice(first, count).Clear();
    }
}
