using Pare.TestSupport;

namespace Pare.Interop.Tests;

/// <summary>The binding itself: that llama.cpp, called through it, computes what is recorded of the model.</summary>
public sealed class LlamaCppTests : IClassFixture<LlamaFixture>
{
    private const int Tokens = 256;

    private static string ModelPath => SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");

    [InteropFact(NeedsShared = true)]
    public void Shapes_and_metadata_are_those_of_the_model()
    {
        using var model = LlamaModel.Open(ModelPath, vocabularyOnly: false);
        Assert.Equal((49152, 576, 30), (model.VocabularySize, model.HiddenSize, model.LayerCount));
        Assert.Equal("llama", model.Metadata("general.architecture"));
        Assert.Null(model.Metadata("no.such.key"));
        Assert.Equal(134_515_008, model.ParameterCount);
    }

    [InteropFact(NeedsShared = true)]
    public void Texts_become_tokens_and_texts_again()
    {
        using var model = LlamaModel.Open(ModelPath, vocabularyOnly: true);
        const string text = "Café prices rose 12% in\n\nMünster — 東京!";
        var tokens = model.Tokenize(text, addSpecial: false, parseSpecial: false);
        Assert.True(tokens.Length > 10);
        Assert.Equal(text, model.Detokenize(tokens, unparseSpecial: false));
        Assert.Equal([1], model.Tokenize("<|im_start|>", addSpecial: false, parseSpecial: true));
    }

    // The weights are the recorded model's, but llama.cpp rounds activations to 8 bits in every product: single losses differ by a few
    // hundredths, their mean by a few thousandths. A wrong layout or a wrong position is off by whole units.
    [InteropTheory(NeedsShared = true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Losses_on_the_recorded_window_are_near_the_recorded_ones(bool flashAttention, bool pinned)
    {
        var recorded = RecordedTensors.Read(SharedFiles.Path("reference", "wikitext2-window0.safetensors"));
        var ids = recorded.Integers("input_ids");
        var expected = recorded.Floats("negative_log_likelihood");
        var argmax = recorded.Integers("argmax");
        using var model = LlamaModel.Open(ModelPath);
        using var context = model.CreateContext(new LlamaContextOptions { ContextLength = Tokens, FlashAttention = flashAttention, CacheType = GgmlType.F16, Threads = pinned ? Environment.ProcessorCount : 1, PinnedThreads = pinned });
        context.Decode(ids.AsSpan(0, Tokens), allLogits: true);
        double difference = 0;
        double mean = 0;
        var agree = 0;
        for (var i = 0; i < Tokens - 1; i++)
        {
            var loss = -LogProbabilities.Of(context.Logits(i))[ids[i + 1]];
            difference += Math.Abs(loss - expected[i]) / (Tokens - 1);
            mean += (loss - expected[i]) / (Tokens - 1);
            if (LogProbabilities.ArgMax(context.Logits(i)) == argmax[i]) agree++;
        }

        Assert.True(difference < 0.1, $"mean absolute difference {difference:g4}");
        Assert.True(Math.Abs(mean) < 0.02, $"difference of the means {mean:g4}");
        Assert.True(agree > 0.93 * (Tokens - 1), $"{agree} of {Tokens - 1} most probable tokens agree");
    }

    [InteropFact(NeedsShared = true)]
    public void One_token_at_a_time_is_the_same_as_all_at_once()
    {
        var ids = RecordedTensors.Read(SharedFiles.Path("reference", "wikitext2-window0.safetensors")).Integers("input_ids").AsSpan(0, 24);
        using var model = LlamaModel.Open(ModelPath);
        using var context = model.CreateContext(new LlamaContextOptions { ContextLength = 64, CacheType = GgmlType.F32 });
        context.Decode(ids, allLogits: false);
        var expected = LogProbabilities.Of(context.Logits(ids.Length - 1));
        context.Truncate(8);
        for (var i = 8; i < ids.Length; i++) context.Decode(ids.Slice(i, 1), allLogits: false);
        Assert.Equal(ids.Length, context.Position);
        var actual = LogProbabilities.Of(context.Logits(0));
        var best = Array.IndexOf(expected, expected.Max());
        Assert.Equal(expected[best], actual[best], 0.05);
    }

    [InteropFact(NeedsShared = true)]
    public void Its_quantizer_writes_files_that_it_reads()
    {
        var folder = Directory.CreateTempSubdirectory("pare-interop");
        try
        {
            var target = Path.Combine(folder.FullName, "q8.gguf");
            LlamaModel.Quantize(ModelPath, target, LlamaFileType.Q8_0, pure: true);
            using var model = LlamaModel.Open(target);
            Assert.Equal("7", model.Metadata("general.file_type"));
            // 34 bytes for 32 weights; the norms stay float32.
            Assert.InRange(model.WeightBytes, 134_515_008L * 34 / 32, 134_515_008L * 34 / 32 + 200_000);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [InteropFact]
    public void A_file_that_is_no_model_is_refused_with_its_reason()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "this is no GGUF file");
            var exception = Assert.Throws<LlamaException>(() => LlamaModel.Open(path));
            Assert.Contains("magic", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
