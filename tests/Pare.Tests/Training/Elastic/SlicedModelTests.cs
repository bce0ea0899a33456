using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Models.Support;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Training.Elastic;

public sealed unsafe class SlicedModelTests
{
    private const int Length = 20;
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 2 * Length).Select(i => (i * 31 + 5) % 250)];
    private static readonly int[] s_targets = [.. Enumerable.Range(0, 2 * Length).Select(i => i % Length == Length - 1 ? -1 : s_tokens[i + 1])];

    public static TheoryData<string, string> Cases => new()
    {
        { "llama", "depth ffn groups" }, { "llama", "heads" }, { "llama", "head-size" }, { "llama", "hidden" }, { "llama", "depth ffn heads head-size hidden" },
        { "llama-tied-bias", "ffn heads hidden" }, { "llama-rope-llama3", "head-size groups" }, { "gpt2", "depth ffn" }, { "gpt-neox", "depth ffn" }, { "opt", "depth ffn" },
        { "opt-350m-style", "ffn" }, { "qwen2", "ffn heads head-size hidden" }, { "qwen3", "ffn heads groups hidden" }, { "olmo2", "depth ffn groups" }, { "phi3", "ffn depth" }, { "starcoder2", "ffn heads hidden" }, { "gemma2", "ffn groups" }, { "granite", "ffn heads hidden" },
    };

    [SharedTheory]
    [MemberData(nameof(Cases))]
    public void A_slice_has_the_loss_and_the_gradients_of_the_extracted_model(string family, string cuts)
    {
        using var model = Model.Open(Families.PathOf(family));
        var shape = Shape(model.Config, cuts);
        using var pool = new ComputePool(1);
        using var small = SubNetworkModel.Create(model, shape, ImportanceOrder.Unsorted(model.Config), pool);
        using var extracted = TrainableModel.From(small);
        using var expectedEngine = new GradientEngine(extracted, new GradientOptions { Threads = 1 });
        using var whole = TrainableModel.From(model);
        using var engine = new GradientEngine(whole, new GradientOptions { Threads = 2 });
        using var sliced = new GradientEngine(new SlicedModel(whole, shape), engine);
        var expected = expectedEngine.Accumulate(s_tokens, s_targets, Length, 0.1f);
        var found = sliced.Accumulate(s_tokens, s_targets, Length, 0.1f);
        Assert.Equal(expected.CrossEntropy, found.CrossEntropy, 1e-4 * expected.CrossEntropy);
        Assert.Equal(expected.CrossEntropy, sliced.Loss(s_tokens, s_targets, Length).CrossEntropy, 1e-4 * expected.CrossEntropy);
        AssertScattered(model, shape, extracted, whole);
    }

    [SharedTheory]
    [InlineData("depth ffn groups")]
    [InlineData("ffn heads head-size hidden")]
    public void Low_rank_corrections_are_sliced_like_their_weights(string cuts)
    {
        using var model = Model.Open(Families.PathOf("llama"));
        var shape = Shape(model.Config, cuts);
        using var whole = TrainableModel.From(model, new TrainableOptions { Lora = new LoraOptions { Rank = 3 }, StreamsBlocks = true });
        var random = new SeededRandom(4);
        foreach (var tensor in whole.Tensors) foreach (ref var value in new Span<float>(tensor.Values, (int)tensor.Count)) value = (float)(0.05 * random.NextGaussian());
        using var engine = new GradientEngine(whole, new GradientOptions { Threads = 1 });
        using var sliced = new GradientEngine(new SlicedModel(whole, shape), engine);
        // The definition: the corrections merged into the whole model, then cut.
        using var full = TrainableModel.From(model);
        foreach (var parameter in model.Graph.Parameters) whole.Merged(parameter.Id).CopyTo(full.Values(parameter.Id));
        using var fullEngine = new GradientEngine(full, new GradientOptions { Threads = 1 });
        using var expected = new GradientEngine(new SlicedModel(full, shape), fullEngine);
        var loss = sliced.Accumulate(s_tokens, s_targets, Length, 1).CrossEntropy;
        Assert.Equal(expected.Loss(s_tokens, s_targets, Length).CrossEntropy, loss, 1e-4 * loss);
        // Finite differences along the gradient itself, over all A and B at once.
        double squared = 0;
        foreach (var tensor in whole.Tensors) foreach (var g in new ReadOnlySpan<float>(tensor.Gradient, (int)tensor.Count)) squared += (double)g * g;
        Assert.True(squared > 0);
        var step = 1e-3 / Math.Sqrt(squared);
        double At(double direction)
        {
            foreach (var tensor in whole.Tensors) for (var i = 0; i < tensor.Count; i++) tensor.Values[i] += (float)(direction * step * tensor.Gradient[i]);
            return sliced.Loss(s_tokens, s_targets, Length).CrossEntropy;
        }

        var up = At(1);
        var down = At(-2);
        Assert.Equal(Math.Sqrt(squared), (up - down) / 2e-3, 0.02 * Math.Sqrt(squared));
    }

    [SharedFact]
    public void All_of_a_model_is_a_slice_of_it()
    {
        using var model = Model.Open(Families.PathOf("llama"));
        using var whole = TrainableModel.From(model);
        using var engine = new GradientEngine(whole, new GradientOptions { Threads = 1 });
        var expected = engine.Accumulate(s_tokens, s_targets, Length, 1).CrossEntropy;
        float[][] gradients = [.. model.Graph.Parameters.Select(parameter => whole.Gradient(parameter.Id).ToArray())];
        whole.ClearGradients();
        using var sliced = new GradientEngine(new SlicedModel(whole, SubNetwork.Whole(model.Config)), engine);
        Assert.Equal(expected, sliced.Accumulate(s_tokens, s_targets, Length, 1).CrossEntropy);
        foreach (var (parameter, gradient) in model.Graph.Parameters.Zip(gradients)) Assert.Equal(gradient, whole.Gradient(parameter.Id).ToArray());
    }

    [SharedFact]
    public void A_norm_over_all_heads_cannot_be_cut_apart()
    {
        using var model = Model.Open(Families.PathOf("olmo2"));
        using var whole = TrainableModel.From(model, new TrainableOptions { IsFrozen = true });
        var shape = SubNetwork.Whole(model.Config);
        if (shape.Layers[0].HeadsPerGroup == 1) return;
        shape = shape with { Layers = [.. shape.Layers.Select(layer => layer with { HeadsPerGroup = layer.HeadsPerGroup - 1 })] };
        Assert.Contains("all heads together", Assert.Throws<ArgumentException>(() => new SlicedModel(whole, shape)).Message, StringComparison.Ordinal);
    }

    internal static SubNetwork Shape(ModelConfig config, string cuts)
    {
        var shape = SubNetwork.Whole(config);
        bool Has(string cut) => cuts.Split(' ').Contains(cut);
        return new SubNetwork
        {
            HiddenSize = Has("hidden") ? shape.HiddenSize * 3 / 4 : shape.HiddenSize,
            Layers = [.. shape.Layers.Where(layer => !Has("depth") || layer.Source != 1).Select((layer, i) => layer with
            {
                FfnSize = Has("ffn") ? layer.FfnSize * (2 + i) / (4 + i) : layer.FfnSize,
                KeyValueHeads = Has("groups") && i == 0 ? layer.KeyValueHeads - 1 : layer.KeyValueHeads,
                HeadsPerGroup = Has("heads") ? Math.Max(1, layer.HeadsPerGroup - 1) : layer.HeadsPerGroup,
                HeadSize = Has("head-size") ? layer.HeadSize / 2 : layer.HeadSize,
            })],
        };
    }

    // Every element of the whole model's gradient is that of the extracted model where it is part of it, and zero elsewhere.
    private static void AssertScattered(Model model, SubNetwork shape, TrainableModel extracted, TrainableModel whole)
    {
        var selection = new SubNetworkSelection(model.Config, shape, ImportanceOrder.Unsorted(model.Config));
        var expected = model.Graph.Parameters.ToDictionary(parameter => parameter.Id, parameter => new float[parameter.Count]);
        foreach (var parameter in extracted.Graph.Parameters)
        {
            var big = model.Graph.Get(selection.SourceOf(parameter.Id));
            var (rows, columns) = selection.Indices(parameter.Id, big);
            var gradient = extracted.Gradient(parameter.Id);
            for (var i = 0; i < gradient.Length; i++) expected[big.Id][rows[i / columns.Length] * big.Columns + columns[i % columns.Length]] = gradient[i];
        }

        foreach (var (id, values) in expected)
        {
            var found = whole.Gradient(id);
            var tolerance = 2e-4f * values.Max(Math.Abs) + 1e-7f;
            for (var i = 0; i < values.Length; i++)
            {
                if (!(Math.Abs(values[i] - found[i]) <= (values[i] == 0 ? 0 : tolerance))) Assert.Fail($"{id}[{i}]: expected {values[i]}, found {found[i]}");
            }
        }
    }
}
