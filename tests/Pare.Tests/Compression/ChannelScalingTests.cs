using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

public sealed class ChannelScalingTests
{
    [SharedTheory]
    [InlineData("llama")]
    [InlineData("llama-tied-bias")]
    [InlineData("mistral-sliding")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("phi3")]
    [InlineData("gemma")]
    [InlineData("gemma2")]
    [InlineData("gemma3")]
    [InlineData("granite")]
    [InlineData("starcoder2")]
    [InlineData("gpt2")]
    [InlineData("gpt-neox")]
    [InlineData("opt")]
    public void Scaling_keeps_the_function_and_changes_the_weights(string family)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        WriteFactors(temporary.File("factors.safetensors"), model);
        var recipe = new Recipe { Passes = [new ChannelScalingOptions { Factors = temporary.File("factors.safetensors"), Format = ElementType.F32 }] };
        var report = new CompressionRunner(model, recipe).Run(temporary.File("out"));
        using var scaled = Model.Open(temporary.File("out"));
        Assert.NotEmpty(report.Parameters);
        Assert.All(report.Parameters, parameter => Assert.Equal(0, parameter.RelativeError));
        foreach (var changed in report.Parameters)
        {
            var id = model.Graph.Parameters.Single(parameter => parameter.Name == changed.Name).Id;
            Assert.NotEqual(model.GetWeight(id).ToArray(), scaled.GetWeight(id).ToArray());
        }

        // Two roundings of 2^-24 for every product, over three layers of sums.
        Assert.InRange(Forward.Difference(Forward.Logits(model), Forward.Logits(scaled)), 0, 2e-5);
    }

    [SharedTheory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("opt")]
    [InlineData("gpt2")]
    public void Equalization_keeps_the_function_and_gives_both_sides_the_same_range(string family)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        new CompressionRunner(model, new Recipe { Passes = [new ChannelScalingOptions { Equalize = true, Format = ElementType.F32 }] }).Run(temporary.File("out"));
        using var scaled = Model.Open(temporary.File("out"));
        Assert.InRange(Forward.Difference(Forward.Logits(model), Forward.Logits(scaled)), 0, 2e-5);
        for (var layer = 0; layer < model.Config.Layers.Count; layer++)
        {
            var shape = model.Config.Layers[layer];
            Check(ParameterRole.Value, ParameterRole.Output, column => column / shape.HeadSize / (shape.Heads / shape.KeyValueHeads) * shape.HeadSize + column % shape.HeadSize);
            // A factor passes through a gated network's product and through ReLU, not through GELU.
            if (family != "gpt2") Check(ParameterRole.Up, ParameterRole.Down, column => column);

            void Check(ParameterRole first, ParameterRole second, Func<int, int> channelOf)
            {
                var (rows, columns) = (scaled.GetWeight(new ParameterId(first, layer)), scaled.GetWeight(new ParameterId(second, layer)));
                var (made, read) = (new double[rows.Rows], new double[rows.Rows]);
                var values = rows.ToArray();
                for (var i = 0; i < values.Length; i++) made[i / rows.Columns] = Math.Max(made[i / rows.Columns], Math.Abs(values[i]));
                values = columns.ToArray();
                for (var i = 0; i < values.Length; i++) read[channelOf(i % columns.Columns)] = Math.Max(read[channelOf(i % columns.Columns)], Math.Abs(values[i]));
                for (var i = 0; i < made.Length; i++) Assert.Equal(made[i], read[i], 1e-5 * made[i]);
            }
        }
    }

    [SharedFact]
    public void The_definition_holds_on_the_real_model()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        var file = SharedFiles.Path("models", "SmolLM2-135M-Instruct", "off-grid-scales.safetensors");
        using var factors = SafetensorsFile.Open(file);
        new CompressionRunner(model, new Recipe { Passes = [new ChannelScalingOptions { Factors = file, Format = ElementType.F32 }] }).Run(temporary.File("out"));
        using var scaled = Model.Open(temporary.File("out"));
        foreach (var layer in (int[])[0, 17])
        {
            var (input, value) = (Factors(factors, layer, "attention_input"), Factors(factors, layer, "value"));
            var (ffn, neuron) = (Factors(factors, layer, "ffn_input"), Factors(factors, layer, "neuron"));
            Check(ParameterRole.Query, (_, c) => input[c]);
            Check(ParameterRole.Key, (_, c) => input[c]);
            Check(ParameterRole.Value, (r, c) => (double)input[c] / value[r]);
            Check(ParameterRole.Output, (_, c) => value[64 * (c / 64 / 3) + c % 64]);
            Check(ParameterRole.Gate, (_, c) => ffn[c]);
            Check(ParameterRole.Up, (r, c) => (double)ffn[c] / neuron[r]);
            Check(ParameterRole.Down, (_, c) => neuron[c]);
            Check(ParameterRole.AttentionInputNorm, (_, c) => 1.0 / input[c]);
            Check(ParameterRole.FfnInputNorm, (_, c) => 1.0 / ffn[c]);

            void Check(ParameterRole role, Func<int, int, double> factor)
            {
                var (before, after) = (model.GetWeight(new ParameterId(role, layer)), scaled.GetWeight(new ParameterId(role, layer)));
                var (x, y) = (before.ToArray(), after.ToArray());
                for (var i = 0; i < x.Length; i++)
                {
                    var expected = x[i] * factor(i / before.Columns, i % before.Columns);
                    Assert.True(Math.Abs(expected - y[i]) <= 2.4e-7 * Math.Abs(expected), $"{role} {i}: expected {expected}, found {y[i]}");
                }
            }
        }
    }

    [SharedFact]
    public void Without_a_format_matrices_become_BF16_and_vectors_F32()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf("llama"));
        WriteFactors(temporary.File("factors.safetensors"), model);
        File.WriteAllText(temporary.File("recipe.yaml"), "passes: [{ method: channel-scaling, factors: factors.safetensors }]");
        new CompressionRunner(model, Recipe.Load(temporary.File("recipe.yaml"))).Run(temporary.File("out"));
        using var scaled = Model.Open(temporary.File("out"));
        Assert.All(scaled.Graph.Sites, site => Assert.Equal(ElementType.BF16, scaled.GetWeight(site.Weight).Type));
        Assert.Equal(ElementType.F32, scaled.GetWeight(new ParameterId(ParameterRole.AttentionInputNorm, 0)).Type);
    }

    [SharedTheory]
    [InlineData("olmo2", "attention_input", "no norm")]
    [InlineData("starcoder2", "neuron", "GeluTanh")]
    [InlineData("llama", "values", "names nothing")]
    public void Factors_that_would_not_cancel_are_refused(string family, string name, string reason)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        var values = new byte[64 * 4];
        SafetensorsWriter.Write(temporary.File("f.safetensors"), [OutgoingTensor.FromBytes($"layers.0.{name}", ElementType.F32, [64], values)]);
        var recipe = new Recipe { Passes = [new ChannelScalingOptions { Factors = temporary.File("f.safetensors") }] };
        Assert.Contains(reason, Assert.Throws<RecipeException>(() => new CompressionRunner(model, recipe)).Message);
    }

    private static float[] Factors(SafetensorsFile file, int layer, string name)
    {
        var tensor = file.Tensors[$"layers.{layer}.{name}"];
        var values = new float[tensor.ElementCount];
        WeightCodec.Dequantize(tensor.Type, tensor.RowBytes(0), values);
        return values;
    }

    // Every set that the family's structure allows, from 0.7 to 1.4.
    private static void WriteFactors(string path, Model model)
    {
        var random = new Random(5);
        var tensors = new List<OutgoingTensor>();
        for (var i = 0; i < model.Config.Layers.Count; i++)
        {
            var layer = model.Config.Layers[i];
            Add("attention_input", model.Config.HiddenSize);
            Add("ffn_input", model.Config.HiddenSize);
            Add("value", layer.KeyValueSize);
            if (model.Config.GatedFfn || model.Config.Activation == ActivationKind.Relu) Add("neuron", layer.FfnSize);

            void Add(string name, int length)
            {
                var bytes = new byte[length * 4];
                WeightCodec.Quantize(ElementType.F32, [.. Enumerable.Range(0, length).Select(_ => 0.7f + 0.7f * random.NextSingle())], bytes);
                tensors.Add(OutgoingTensor.FromBytes($"layers.{i}.{name}", ElementType.F32, [length], bytes));
            }
        }

        SafetensorsWriter.Write(path, tensors);
    }
}
