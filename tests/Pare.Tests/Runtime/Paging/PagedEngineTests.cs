using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Runtime;

/// <summary>Models whose feed-forward weights are fetched from disk give the bits that they give in memory, and say what they fetched.</summary>
public sealed class PagedEngineTests
{
    private const int Tokens = 24;
    private static readonly CalibrationOptions Text = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 2, Window = 64 };

    public static TheoryData<string, string, ActivationRule?, int, bool> Cases => new()
    {
        { "pare-llama-5m", "q8_0", null, 0, false },
        { "pare-llama-5m", "q8_0", ActivationRule.Cats, 0, false },
        { "pare-llama-5m", "q4_0", ActivationRule.Cats, 8, false },
        { "pare-llama-5m", "q8_0", ActivationRule.Cats, 8, true },
        { "pare-llama-5m", "q8_0", ActivationRule.Teal, 0, false },
        { "pare-llama-5m", "q8_0", ActivationRule.Paper, 0, false },
        { "pare-opt-5m", "q8_0", null, 0, false },
        { "pare-opt-5m", "q4_0", ActivationRule.Cats, 8, false },
        { "pare-opt-5m", "q8_0", ActivationRule.Cats, 8, true },
    };

    /// <summary>With the smallest memory there may be, and with enough for all; token by token, in pieces and at once.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_are_those_of_weights_in_memory_bit_for_bit(string name, string format, ActivationRule? rule, int predictor, bool predicts)
    {
        using var temporary = new TemporaryFolder();
        using var model = Make(temporary, name, format, rule, predictor);
        var options = new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8, PredictsNeurons = predicts };
        using var whole = new InferenceEngine(model, options);
        foreach (var limit in (long[])[Least(model, options), 1L << 30])
        {
            using var paged = new InferenceEngine(model, options with { MemoryBytes = limit });
            foreach (var step in (int[])[1, 8, Tokens]) Assert.Equal(Logits(whole, step), Logits(paged, step));
            var counts = paged.CountedFetches()!;
            Assert.True(counts.CacheBytes <= limit);
            Assert.True(counts.Misses + counts.Foreseen > 0);
            // What lies in memory is not read again.
            paged.ResetActivity();
            Logits(paged, 1);
            if (limit == 1L << 30) Assert.Equal((0, 0), (paged.CountedFetches()!.Misses, paged.CountedFetches()!.BytesRead));
            else Assert.True(paged.CountedFetches()!.BytesRead > 0);
        }
    }

    /// <summary>Bundles of zeros are weights that are not fetched.</summary>
    [Theory]
    [InlineData("pare-opt-5m")]
    [InlineData("pare-llama-5m")]
    public void Fewer_bytes_are_fetched_where_activations_are_zero(string name)
    {
        using var temporary = new TemporaryFolder();
        using var model = Make(temporary, name, "q8_0", ActivationRule.Cats, 0, 0.9, group: 32);
        var options = new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8 };
        options = options with { MemoryBytes = Least(model, options) };
        using var sparse = new InferenceEngine(model, options);
        using var dense = new InferenceEngine(model, options with { SkipsZeros = false });
        Assert.Equal(Logits(dense, 1), Logits(sparse, 1));
        Assert.InRange((double)sparse.CountedFetches()!.BytesRead / dense.CountedFetches()!.BytesRead, 0.2, 0.95);
        Assert.True(sparse.BytesReadPerToken < dense.BytesReadPerToken);
        // Every needed part is counted once, as one or the other.
        var counts = dense.CountedFetches()!;
        Assert.Equal(0, counts.Foreseen);
        var parts = model.Config.GatedFfn ? 3 : 2;
        Assert.Equal((long)Tokens * model.Config.Layers.Sum(layer => layer.FfnSize / 32) * parts, counts.Hits + counts.Misses);
    }

    /// <summary>With exact results, what is foreseen only comes earlier.</summary>
    [Fact]
    public void Predictors_fetch_ahead_and_change_no_bit()
    {
        using var temporary = new TemporaryFolder();
        using var model = Make(temporary, "pare-llama-5m", "q8_0", ActivationRule.Cats, 8, 0.9);
        var options = new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8 };
        using var whole = new InferenceEngine(model, options);
        using var paged = new InferenceEngine(model, options with { MemoryBytes = Least(model, options) * 3 / 2 });
        Assert.Equal(Logits(whole, 1), Logits(paged, 1));
        Assert.True(paged.CountedFetches()!.Foreseen > 0);
    }

    [Fact]
    public void A_limit_below_the_smallest_working_set_is_refused_and_names_it()
    {
        using var temporary = new TemporaryFolder();
        using var model = Make(temporary, "pare-opt-5m", "q8_0", null, 0);
        var options = new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8 };
        var error = Assert.Throws<ArgumentException>(() => new InferenceEngine(model, options with { MemoryBytes = 1000 }));
        Assert.Contains("0.1 MB of memory are too little: this model needs", error.Message);
        using (new InferenceEngine(model, options with { MemoryBytes = Least(model, options) }))
        {
        }

        Assert.Throws<ArgumentException>(() => new InferenceEngine(model, options with { MemoryBytes = Least(model, options) - 100_001 }));
    }

    /// <summary>Where a file system has no reads past the page cache.</summary>
    [Theory]
    [InlineData(null, 0, false)]
    [InlineData(ActivationRule.Cats, 8, true)]
    public void Ordinary_reads_give_the_same_bits_and_notice_the_same_damage(ActivationRule? rule, int predictor, bool predicts)
    {
        using var temporary = new TemporaryFolder();
        using var model = Make(temporary, "pare-opt-5m", "q8_0", rule, predictor);
        var options = new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8, PredictsNeurons = predicts, NeuronFile = temporary.File("n"), ReadsDirectly = false };
        options = options with { MemoryBytes = Least(model, options) };
        using var whole = new InferenceEngine(model, options with { MemoryBytes = null });
        using (var paged = new InferenceEngine(model, options))
        {
            foreach (var step in (int[])[1, Tokens]) Assert.Equal(Logits(whole, step), Logits(paged, step));
            Assert.False(paged.CountedFetches()!.IsDirect);
            Assert.True(paged.CountedFetches()!.BytesRead > 0);
            File.SetLastWriteTimeUtc(temporary.File("n"), DateTime.UtcNow.AddSeconds(-100));
            Assert.Contains("changed while it was read", Assert.Throws<ModelFormatException>(() => Logits(paged, 1)).Message);
        }

        using (var paged = new InferenceEngine(model, options))
        {
            using (var file = new FileStream(temporary.File("n"), FileMode.Open)) file.SetLength(file.Length / 8);
            Assert.Throws<ModelFormatException>(() => Logits(paged, 1));
        }
    }

    [Theory]
    [InlineData("bf16")]
    [InlineData("f16")]
    [InlineData("q4_K")]
    [InlineData("q6_K")]
    public void Formats_of_which_single_columns_cannot_be_read_are_refused(string format)
    {
        using var temporary = new TemporaryFolder();
        using var model = Make(temporary, "pare-llama-5m", format, null, 0);
        var options = new EngineOptions { Activations = ActivationPrecision.Int8, MemoryBytes = 1L << 30 };
        var message = Assert.Throws<ArgumentException>(() => new InferenceEngine(model, options)).Message;
        Assert.Contains($"down_proj.weight is stored as {ElementTypes.Parse(format).Name()}, of which single columns cannot be read", message);
        Assert.Contains("--format q8_0", message);
        // What the message advises runs.
        using (var better = Make(temporary, "pare-llama-5m", "q8_0", null, 0, folder: "better"))
        using (new InferenceEngine(better, options))
        {
        }

        Assert.Contains("--activations int8", Assert.Throws<ArgumentException>(() => new InferenceEngine(model, options with { Activations = ActivationPrecision.Float32 })).Message);
    }

    [Fact]
    public void A_truncated_file_is_refused_and_one_that_changes_ends_the_run()
    {
        using var temporary = new TemporaryFolder();
        using var model = Make(temporary, "pare-opt-5m", "q8_0", null, 0);
        var options = new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8, NeuronFile = temporary.File("n") };
        options = options with { MemoryBytes = Least(model, options) };
        using (var engine = new InferenceEngine(model, options))
        {
            Logits(engine, 1);
            File.SetLastWriteTimeUtc(temporary.File("n"), DateTime.UtcNow.AddSeconds(-100));
            Assert.Contains("changed while it was read", Assert.Throws<ModelFormatException>(() => Logits(engine, 1)).Message);
        }

        using (var engine = new InferenceEngine(model, options))
        {
            Logits(engine, 1);
            using (var file = new FileStream(temporary.File("n"), FileMode.Open)) file.SetLength(file.Length / 8);
            Assert.Throws<ModelFormatException>(() => Logits(engine, 1));
        }

        Assert.Contains("truncated", Assert.Throws<ModelFormatException>(() => new InferenceEngine(model, options)).Message);
        File.WriteAllText(temporary.File("n"), "letters to a friend");
        Assert.Contains("not overwritten", Assert.Throws<ModelFormatException>(() => new InferenceEngine(model, options)).Message);
        Assert.Equal("letters to a friend", File.ReadAllText(temporary.File("n")));
    }

    [Fact]
    public void A_file_of_another_model_is_written_anew()
    {
        using var temporary = new TemporaryFolder();
        var options = new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8, NeuronFile = temporary.File("n"), MemoryBytes = 1L << 30 };
        using (var other = Make(temporary, "pare-llama-5m", "q8_0", null, 0))
        using (new InferenceEngine(other, options))
        {
        }

        Directory.Delete(temporary.File("out"), recursive: true);
        using var model = Make(temporary, "pare-opt-5m", "q8_0", null, 0);
        using var whole = new InferenceEngine(model, options with { MemoryBytes = null });
        using var paged = new InferenceEngine(model, options);
        Assert.Equal(Logits(whole, 1), Logits(paged, 1));
    }

    private static Model Make(TemporaryFolder temporary, string name, string format, ActivationRule? rule, int predictor, double level = 0.6, int group = 1, string folder = "out")
    {
        using (var source = Model.Open(SharedFiles.InRepository("models", name)))
        {
            List<PassOptions> passes = [new RoundToNearestOptions { Format = ElementTypes.Parse(format) }];
            if (rule is { } known) passes.Add(new ActivationSparsityOptions { Rule = known, Level = level, Group = predictor > 0 ? 8 : group, Predictor = predictor });
            new CompressionRunner(source, new Recipe { Passes = passes, Calibration = rule is null ? null : Text }).Run(temporary.File(folder));
        }

        return Model.Open(temporary.File(folder));
    }

    // What the refusal names, in tenths of a megabyte.
    private static long Least(Model model, EngineOptions options)
    {
        var message = Assert.Throws<ArgumentException>(() => new InferenceEngine(model, options with { MemoryBytes = 0 })).Message;
        var words = message.Split(' ');
        return (long)(double.Parse(words[Array.IndexOf(words, "needs") + 1], System.Globalization.CultureInfo.InvariantCulture) * 1e6);
    }

    private static float[] Logits(InferenceEngine engine, int step) => SkippingTests.Logits(engine, [.. Enumerable.Range(0, Tokens).Select(i => (i * 131 + 7) % engine.Config.VocabularySize)], step);
}
