using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

/// <summary>A compression that was stopped goes on behind the last block that is done, and ends with the same bytes.</summary>
public sealed class ResumeTests
{
    private static readonly string[] s_outputs = ["model.safetensors", "pare.json"];

    private static string Sample => SharedFiles.InRepository("models", "pare-llama-5m");

    private static Recipe SparseGpt { get; } = new()
    {
        Passes =
        [
            new SparseGptOptions { Target = SparsityTarget.Unstructured(0.5), Sites = ["model.layers.*.mlp.*", "model.layers.*.self_attn.q_proj"] },
            new RoundToNearestOptions { Format = ElementType.Q8_0 },
        ],
        Calibration = new CalibrationOptions { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 48 },
    };

    [Fact]
    public void Stopped_at_every_stage_it_ends_with_the_same_bytes()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        new CompressionRunner(model, SparseGpt).Run(temporary.File("whole"));
        (string Stage, int Block)[] stops = [("store", 0), ("calibrate", 1), ("run", 2), ("sparsegpt", 2), ("store", 4), ("run", 4), ("round-to-nearest", 5), ("write", model.Config.Layers.Count + 1)];
        var done = 0;
        foreach (var (stage, block) in stops)
        {
            // What was done before is not done again.
            Assert.Equal(done, Stop(model, temporary.File("out"), stage, block)[0].Block);
            done = block;
            Assert.False(Directory.Exists(temporary.File("out")));
            Assert.Equal(done > 0, Directory.Exists(temporary.File("out.run")));
        }

        var last = new List<CompressionProgress>();
        new CompressionRunner(model, SparseGpt).Run(temporary.File("out"), progress: new Watcher(last, null));
        Assert.All(last, report => Assert.Equal("write", report.Stage));
        AssertSame(temporary);
        Assert.False(Directory.Exists(temporary.File("out.run")));
    }

    [Fact]
    public void What_a_killed_process_left_half_written_is_written_anew()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        new CompressionRunner(model, SparseGpt).Run(temporary.File("whole"));
        Stop(model, temporary.File("out"), "run", 3);
        var run = temporary.File("out.run");
        File.AppendAllText(Path.Combine(run, "journal.jsonl"), "{\"block\":2,\"byt");
        using (var weights = new FileStream(Path.Combine(run, "changed-weights"), FileMode.Append)) weights.Write(new byte[12345]);
        File.WriteAllBytes(Path.Combine(run, "stream-0009"), new byte[77]);
        new CompressionRunner(model, SparseGpt).Run(temporary.File("out"));
        AssertSame(temporary);
    }

    [Theory]
    [InlineData(ActivationRule.Teal)]
    [InlineData(ActivationRule.SparsingLaw)]
    public void What_a_pass_found_beside_the_weights_is_kept(ActivationRule rule)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var recipe = SparseGpt with { Passes = [new ActivationSparsityOptions { Rule = rule, Level = 0.5 }] };
        new CompressionRunner(model, recipe).Run(temporary.File("whole"));
        Stop(model, temporary.File("out"), "run", 3, recipe);
        new CompressionRunner(model, recipe).Run(temporary.File("out"));
        foreach (var file in Directory.GetFiles(temporary.File("whole")).Select(Path.GetFileName))
            Assert.Equal(File.ReadAllBytes(Path.Combine(temporary.File("whole"), file!)), File.ReadAllBytes(Path.Combine(temporary.File("out"), file!)));
    }

    [Theory]
    [InlineData("changed-weights", "is shorter than")]
    [InlineData("stream-0001", "stream-0001 has 100 bytes")]
    [InlineData("stream-0001!", "windows behind the last block are missing")]
    [InlineData("journal.jsonl", "cannot be read")]
    public void A_damaged_state_is_refused_with_the_remedy(string file, string expected)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        Stop(model, temporary.File("out"), "run", 2);
        var path = Path.Combine(temporary.File("out.run"), file.TrimEnd('!'));
        if (file == "journal.jsonl") File.WriteAllText(path, File.ReadAllText(path).Replace("\"rows\":256", "\"rows\":25600", StringComparison.Ordinal));
        else if (file.EndsWith('!')) File.Delete(path);
        else using (var stream = new FileStream(path, FileMode.Open)) stream.SetLength(100);
        var error = Assert.Throws<RecipeException>(() => new CompressionRunner(model, SparseGpt).Run(temporary.File("out")));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("remove that folder to start anew", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_state_of_another_recipe_is_refused()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        Stop(model, temporary.File("out"), "run", 2);
        var error = Assert.Throws<RecipeException>(() => new CompressionRunner(model, SparseGpt with { Seed = 7 }).Run(temporary.File("out")));
        Assert.Contains("is the state of another run (its recipe differs)", error.Message, StringComparison.Ordinal);
        new CompressionRunner(model, SparseGpt).Run(temporary.File("out"));
    }

    [Fact]
    public void Two_runs_of_one_output_do_not_meet()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        IOException? error = null;
        var progress = new Watcher([], report =>
        {
            if (report is { Stage: "store", Block: 2 }) error = Assert.Throws<IOException>(() => new CompressionRunner(model, SparseGpt).Run(temporary.File("out")));
        });
        new CompressionRunner(model, SparseGpt).Run(temporary.File("out"), progress: progress);
        Assert.Contains("another run is writing this output", error!.Message, StringComparison.Ordinal);
    }

    private static List<CompressionProgress> Stop(Model model, string output, string stage, int block, Recipe? recipe = null)
    {
        var seen = new List<CompressionProgress>();
        using var stop = new CancellationTokenSource();
        var watcher = new Watcher(seen, report =>
        {
            if (report.Stage == stage && report.Block == block) stop.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => new CompressionRunner(model, recipe ?? SparseGpt).Run(output, progress: watcher, cancellation: stop.Token));
        return seen;
    }

    private static void AssertSame(TemporaryFolder temporary)
    {
        foreach (var file in s_outputs) Assert.Equal(File.ReadAllBytes(Path.Combine(temporary.File("whole"), file)), File.ReadAllBytes(Path.Combine(temporary.File("out"), file)));
    }

    private sealed class Watcher(List<CompressionProgress> seen, Action<CompressionProgress>? act) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value)
        {
            seen.Add(value);
            act?.Invoke(value);
        }
    }
}
