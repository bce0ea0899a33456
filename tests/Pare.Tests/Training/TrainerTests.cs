using System.Runtime.InteropServices;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Formats;
using Pare.Tests.Training.Definition;
using Pare.Training;

namespace Pare.Tests.Training;

public sealed class TrainerTests
{
    private const int Window = 12;

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Muon)]
    public void Training_learns_what_the_text_repeats(OptimizerKind optimizer)
    {
        using var folder = new TemporaryFolder();
        using var setting = new Setting();
        var result = setting.Run(folder.Path, Options(60) with { Optimizer = optimizer }, resume: false);
        Assert.True(result.IsComplete);
        Assert.Equal(60, result.Steps);
        Assert.Equal(60 * 4 * Window, result.Tokens);
        // The cycle of the text leaves nothing to guess after its first token.
        Assert.True(result.ValidationLoss < 0.5 * result.History[0].CrossEntropy, $"{result.History[0].CrossEntropy} → {result.ValidationLoss}");
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW, 1)]
    [InlineData(OptimizerKind.AdamW, 3)]
    [InlineData(OptimizerKind.Muon, 2)]
    public void A_run_that_is_stopped_and_goes_on_ends_with_the_same_bits(OptimizerKind optimizer, int threads)
    {
        var options = Options(24) with { Optimizer = optimizer, CheckpointEvery = 5, Accumulation = 2 };
        using var folder = new TemporaryFolder();
        using var whole = new Setting();
        var expected = whole.Run(folder.File("whole"), options, resume: false);
        foreach (var stop in (int[])[1, 5, 7, 23])
        {
            // Stopped once after a step, once more right away, then left to end.
            var path = folder.File($"stopped{stop}");
            using (var first = new Setting(threads)) Assert.False(first.Run(path, options, resume: false, stopAfter: stop).IsComplete);
            using (var second = new Setting(threads)) Assert.Equal(stop, second.Run(path, options, resume: true, stopAfter: 0).Steps);
            using var last = new Setting(threads);
            var found = last.Run(path, options, resume: true);
            Assert.Equal(whole.Bytes(), last.Bytes());
            Assert.Equal(expected.History.Select(step => (step.Step, step.Tokens, step.Loss, step.GradientNorm, step.LearningRate, step.ValidationLoss)),
                found.History.Select(step => (step.Step, step.Tokens, step.Loss, step.GradientNorm, step.LearningRate, step.ValidationLoss)));
        }
    }

    [Fact]
    public void Accumulated_batches_make_the_step_of_one_large_batch()
    {
        using var folder = new TemporaryFolder();
        using var large = new Setting();
        using var parts = new Setting();
        large.Run(folder.File("large"), Options(3) with { BatchSize = 8 }, resume: false);
        parts.Run(folder.File("parts"), Options(3) with { BatchSize = 2, Accumulation = 4 }, resume: false);
        var (a, b) = (large.Values(), parts.Values());
        // The sums run in another order; AdamW's first steps are as long as the learning rate, whatever the gradient's size.
        for (var i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 2e-4);
    }

    [Fact]
    public void Checkpoints_are_kept_as_many_as_asked_and_no_run_overwrites_another()
    {
        using var folder = new TemporaryFolder();
        using var setting = new Setting();
        setting.Run(folder.Path, Options(12) with { CheckpointEvery = 3, KeptCheckpoints = 2 }, resume: false);
        Assert.Equal(["step-00000009", "step-00000012"], Directory.GetDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var again = new Setting();
        Assert.Contains("--resume", Assert.Throws<TrainingException>(() => again.Run(folder.Path, Options(12), resume: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused_with_what_differs()
    {
        using var folder = new TemporaryFolder();
        using (var setting = new Setting()) setting.Run(folder.Path, Options(12), resume: false, stopAfter: 2);
        using var other = new Setting();
        Assert.Contains("batchSize is 4 there and 6 here", Refused(Options(12) with { BatchSize = 6 }), StringComparison.Ordinal);
        Assert.Contains("steps is 12 there and 13 here", Refused(Options(13)), StringComparison.Ordinal);
        Assert.Contains("model is", Assert.Throws<TrainingException>(() => other.Run(folder.Path, Options(12), resume: true, model: "another")).Message, StringComparison.Ordinal);

        string Refused(TrainerOptions options) => Assert.Throws<TrainingException>(() => other.Run(folder.Path, options, resume: true)).Message;
    }

    [Theory]
    [InlineData("tensors.safetensors", 100)]
    [InlineData("tensors.safetensors", 5000)]
    [InlineData("state.json", 20)]
    [InlineData("state.json", 0)]
    public void A_damaged_checkpoint_is_named_and_the_one_before_it_serves(string file, int length)
    {
        var options = Options(12) with { CheckpointEvery = 2 };
        using var folder = new TemporaryFolder();
        using var whole = new Setting();
        whole.Run(folder.File("whole"), options, resume: false);
        var path = folder.File("damaged");
        using (var setting = new Setting()) setting.Run(path, options, resume: false, stopAfter: 6);
        var latest = Path.Combine(path, "step-00000006");
        using (var stream = File.OpenWrite(Path.Combine(latest, file))) stream.SetLength(length);
        using var next = new Setting();
        Assert.Contains(latest, Assert.Throws<TrainingException>(() => next.Run(path, options, resume: true)).Message, StringComparison.Ordinal);
        Directory.Delete(latest, recursive: true);
        using var last = new Setting();
        Assert.True(last.Run(path, options, resume: true).IsComplete);
        Assert.Equal(whole.Bytes(), last.Bytes());
    }

    [Fact]
    public void A_run_that_diverges_stops_and_leaves_the_last_good_checkpoint()
    {
        using var folder = new TemporaryFolder();
        var options = Options(50) with { CheckpointEvery = 1, AdamW = new AdamWOptions { ClipNorm = 0, WeightDecay = 0 } };
        using var setting = new Setting();
        // Weights of 1e21 are finite after the first step, and their products are not.
        options = options with { Schedule = options.Schedule with { Peak = 1e30, WarmupSteps = 1_000_000_000 } };
        var message = Assert.Throws<TrainingException>(() => setting.Run(folder.Path, options, resume: false)).Message;
        Assert.Contains("lower learning rate", message, StringComparison.Ordinal);
        Assert.Contains("there is no checkpoint yet", message, StringComparison.Ordinal);

        // A good beginning, then weights that another hand has ruined: the checkpoint stays what it was.
        using var good = new Setting();
        good.Run(folder.File("good"), Options(12) with { CheckpointEvery = 2 }, resume: false, stopAfter: 4);
        using var ruined = new Setting();
        var broken = Assert.Throws<TrainingException>(() => ruined.Run(folder.File("good"), Options(12) with { CheckpointEvery = 2 }, resume: true, ruinAfter: 6)).Message;
        Assert.Contains("step-00000004 holds the last good state", broken, StringComparison.Ordinal);
        using var resumed = new Setting();
        Assert.True(resumed.Run(folder.File("good"), Options(12) with { CheckpointEvery = 2 }, resume: true).IsComplete);
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_and_never_taken_for_a_checkpoint()
    {
        using var folder = new TemporaryFolder();
        using (var setting = new Setting()) setting.Run(folder.Path, Options(12), resume: false, stopAfter: 3);
        foreach (var left in (string[])["step-00000005.partial-77", "step-00000001.removed"]) Directory.CreateDirectory(folder.File(left));
        using var last = new Setting();
        Assert.True(last.Run(folder.Path, Options(12), resume: true).IsComplete);
        Assert.Equal(["step-00000003", "step-00000012"], Directory.GetDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        File.WriteAllText(folder.File("mine.txt"), "precious");
        Trainer.RemoveCheckpoints(folder.Path);
        Assert.Equal(["mine.txt"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_checkpoint_of_another_version_is_refused()
    {
        using var folder = new TemporaryFolder();
        using (var setting = new Setting()) setting.Run(folder.Path, Options(12), resume: false, stopAfter: 2);
        var file = Path.Combine(folder.File("step-00000002"), "state.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal));
        using var other = new Setting();
        Assert.Contains("version 2", Assert.Throws<TrainingException>(() => other.Run(folder.Path, Options(12), resume: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_have_rates_and_decays_of_their_own()
    {
        using var folder = new TemporaryFolder();
        using var setting = new Setting();
        var before = setting.Values();
        var adamW = new AdamWOptions { WeightDecay = 0, Groups = [new ParameterGroup { Pattern = "model.layers.1.*", LearningRateFactor = 0 }, new ParameterGroup { Pattern = "*norm*", WeightDecay = 0.5 }] };
        setting.Run(folder.Path, Options(2) with { AdamW = adamW }, resume: false);
        var (after, at) = (setting.Values(), 0);
        foreach (var parameter in setting.Parameters)
        {
            var count = (int)parameter.Count;
            var moved = !before.AsSpan(at, count).SequenceEqual(after.AsSpan(at, count));
            Assert.Equal(!parameter.Name.StartsWith("model.layers.1.", StringComparison.Ordinal), moved);
            at += count;
        }

        using var other = new Setting();
        var wrong = Options(2) with { AdamW = new AdamWOptions { Groups = [new ParameterGroup { Pattern = "nothing*" }] } };
        Assert.Contains("matches none", Assert.Throws<ArgumentException>(() => other.Run(folder.File("wrong"), wrong, resume: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_learning_rate_rises_and_falls_as_it_is_described()
    {
        var schedule = new LearningRateSchedule { Peak = 2, Steps = 110, WarmupSteps = 10, FinalShare = 0.1 };
        Assert.Equal(0.2, schedule.At(0), 1e-12);
        Assert.Equal(2, schedule.At(9), 1e-12);
        Assert.Equal(2, schedule.At(10), 1e-12);
        Assert.Equal(1.1, schedule.At(60), 1e-12);
        Assert.Equal(0.2, schedule.At(110), 1e-12);
        Assert.Equal(0.2 + 1.8 * (1 + Math.Cos(Math.PI / 4)) / 2, schedule.At(35), 1e-12);
        Assert.Equal(1.55, (schedule with { Decay = LearningRateDecay.Linear }).At(35), 1e-12);
        Assert.Equal(2, (schedule with { Decay = LearningRateDecay.Constant }).At(35), 1e-12);
    }

    private static TrainerOptions Options(long steps) => new()
    {
        BatchSize = 4,
        Schedule = new LearningRateSchedule { Peak = 0.01, Steps = steps, WarmupSteps = 3 },
        ValidateEvery = 10,
    };

    /// <summary>A small model and a text that goes round in circles.</summary>
    private sealed class Setting : IDisposable
    {
        private readonly Model _source = SmallModels.Create("llama-tied-bias");
        private readonly TrainableModel _model;
        private readonly GradientEngine _engine;
        private readonly TokenDataset _data;

        public Setting(int threads = 1)
        {
            _model = TrainableModel.From(_source);
            _engine = new GradientEngine(_model, new GradientOptions { Threads = threads });
            var size = _source.Config.VocabularySize;
            var tokens = Enumerable.Range(0, 40 * Window + 1).Select(i => i * 5 % 7 % size).ToArray();
            _data = TokenDataset.FromTokens(tokens, Window, size);
        }

        public TrainingResult Run(string folder, TrainerOptions options, bool resume, int? stopAfter = null, string model = "small", int? ruinAfter = null)
        {
            using var cancellation = new CancellationTokenSource();
            if (stopAfter == 0) cancellation.Cancel();
            return new Trainer(_engine, _data, _data, options).Run(folder, model, resume, step =>
            {
                if (step.Step == stopAfter) cancellation.Cancel();
                if (step.Step == ruinAfter) _model.Values(new ParameterId(ParameterRole.TokenEmbedding)).Fill(float.NaN);
            }, cancellation.Token);
        }

        public IReadOnlyList<Parameter> Parameters => _model.Graph.Parameters;

        public byte[] Bytes() => MemoryMarshal.AsBytes<float>(Values()).ToArray();

        public float[] Values() => [.. _model.Graph.Parameters.SelectMany(parameter => _model.Values(parameter.Id).ToArray())];

        public void Dispose()
        {
            _engine.Dispose();
            _model.Dispose();
            _source.Dispose();
        }
    }
}
