using Pare.Formats;
using Pare.Models;
using Pare.Runtime;

namespace Pare.Tests.Models;

public class RandomModelTests
{
    private static readonly ModelShape Tiny = new("tiny", 256, 2, 4, 2, 512, 300, false);

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_0)]
    [InlineData(ElementType.Q4_K)]
    public void A_model_of_a_shape_runs_in_every_format(ElementType format)
    {
        using var model = RandomModel.Create(Tiny, format);
        Assert.Equal(format, model.GetWeight(new ParameterId(ParameterRole.Query, 0)).Type);
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 1 });
        using var cache = engine.CreateCache(4);
        var hidden = new float[3 * 256];
        var logits = new float[3 * 300];
        engine.Forward([1, 2, 299], cache, hidden);
        engine.Logits(hidden, 3, logits);
        Assert.All(logits, logit => Assert.True(float.IsFinite(logit)));
        Assert.True(logits.Distinct().Count() > 100);
    }

    [Fact]
    public void The_same_seed_makes_the_same_model_and_another_seed_another()
    {
        using var one = RandomModel.Create(Tiny, ElementType.Q8_0, 3);
        using var same = RandomModel.Create(Tiny, ElementType.Q8_0, 3);
        using var other = RandomModel.Create(Tiny, ElementType.Q8_0, 4);
        var id = new ParameterId(ParameterRole.Down, 1);
        Assert.Equal(one.GetWeight(id).ToArray(), same.GetWeight(id).ToArray());
        Assert.NotEqual(one.GetWeight(id).ToArray(), other.GetWeight(id).ToArray());
        Assert.Equal(0.02, Math.Sqrt(one.GetWeight(id).ToArray().Average(value => (double)value * value)), 1e-3);
    }

    [Fact]
    public void The_named_shape_has_the_parameters_of_its_name()
    {
        var shape = ModelShape.Find("1.1B");
        long parameters = 2L * shape.VocabularySize * shape.HiddenSize
            + shape.Layers * (2L * shape.HiddenSize * shape.HiddenSize + 2L * shape.HiddenSize * 256 + 3L * shape.HiddenSize * shape.FfnSize);
        Assert.InRange(parameters, 1_050_000_000, 1_150_000_000);
        Assert.Throws<ArgumentException>(() => ModelShape.Find("2b"));
    }

    [Fact]
    public void A_model_of_random_weights_has_no_tokenizer()
    {
        using var model = RandomModel.Create(Tiny, ElementType.F16);
        Assert.Throws<ModelFormatException>(() => model.Tokenizer);
    }
}
