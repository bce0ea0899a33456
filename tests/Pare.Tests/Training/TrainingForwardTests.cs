using Pare.Models;
using Pare.Runtime;
using Pare.Tests.Models.Support;
using Pare.Tests.Training.Definition;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Training;

/// <summary>Training runs the function that the runtime runs.</summary>
public sealed class TrainingForwardTests
{
    /// <summary>Both sum the same products in float32, in another order; the cache is float32 as well.</summary>
    private const double Rounding = 1e-5;

    public static TheoryData<string> Recorded => Families.All;

    public static TheoryData<string, string> Small => SmallModels.All;

    [SharedTheory]
    [MemberData(nameof(Recorded))]
    public void Logits_of_the_recorded_families_are_the_runtime_ones(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        AssertSame(model, 40);
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Logits_of_small_models_are_the_runtime_ones(string name, string layers)
    {
        using var model = SmallModels.Create(name, layers);
        AssertSame(model, 13);
    }

    [Theory]
    [InlineData("stories260K")]
    [InlineData("pare-llama-5m")]
    [InlineData("pare-opt-5m")]
    public void Logits_of_the_sample_models_are_the_runtime_ones(string name)
    {
        using var model = Model.Open(SharedFiles.InRepository("models", name));
        AssertSame(model, 300);
    }

    [SharedTheory]
    [InlineData("stories260K")]
    [InlineData("SmolLM2-135M-Instruct/SmolLM2-135M-Instruct.Q4_1.gguf")]
    public void Logits_of_trained_models_are_the_runtime_ones(string path)
    {
        using var model = Model.Open(SharedFiles.Path("models", path));
        AssertSame(model, 40);
    }

    private static void AssertSame(Model model, int length)
    {
        var tokens = SmallModels.Tokens(model, sequences: 1, length)[0];
        using var trainable = TrainableModel.From(model, new TrainableOptions { IsFrozen = true, StreamsBlocks = true });
        using var training = new GradientEngine(trainable, new GradientOptions { Threads = 2 });
        var found = new float[length * model.Config.VocabularySize];
        training.Logits(tokens, length, found);

        using var runtime = new InferenceEngine(model, new EngineOptions { Threads = 2, KvCacheType = Pare.Formats.ElementType.F32 });
        using var cache = runtime.CreateCache(length);
        var hidden = new float[length * model.Config.HiddenSize];
        runtime.Forward(tokens, cache, hidden);
        var expected = new float[found.Length];
        runtime.Logits(hidden, length, expected);
        Assert.InRange(Forward.Difference(expected, found), 0, Rounding);
    }
}
