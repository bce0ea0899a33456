using System.Globalization;
using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Compression.Surgeon;

/// <summary>The Surgeon as a step of a recipe, on the small sample model.</summary>
public sealed class SurgeonPassTests
{
    private static string Sample => SharedFiles.InRepository("models", "stories260K");

    private static SurgeonOptions Options => new()
    {
        Sparsity = 0.15,
        Calibration = SharedFiles.InRepository("models", "stories.txt"),
        CalibrationTokens = 1024,
        HeldOutTokens = 512,
        Window = 128,
        Shots = 3,
    };

    [Theory]
    [InlineData(PruningStructure.RowsColumns, 0.15)]
    [InlineData(PruningStructure.Elements, 0.4)]
    [InlineData(PruningStructure.Blocks, 0.5)]
    public void The_output_has_the_zeros_that_the_report_names(PruningStructure structure, double sparsity)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var recipe = new Recipe { Passes = [Options with { Structure = structure, Sparsity = sparsity }, new RoundToNearestOptions { Format = ElementType.F16, Sites = ["*.down_proj"] }] };
        var report = new CompressionRunner(model, recipe).Run(temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        Assert.Equal([0.15 / 3, 0.3 / 3, 0.45 / 3], report.Shots.Select(shot => shot.Target * 0.15 / sparsity), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.All(report.Shots, shot => Assert.InRange(shot.Sparsity, shot.Target - 0.001, shot.Target + 0.001));
        var last = report.Shots[^1];
        var (zeros, all) = (0L, 0L);
        foreach (var site in small.Graph.Sites)
        {
            var (values, width) = (small.GetWeight(site.Weight).ToArray(), last.Sites.Single(w => w.Name == site.Name));
            var rows = Enumerable.Range(0, site.Rows).Count(row => values.AsSpan(row * site.Columns, site.Columns).IndexOfAnyExcept(0f) >= 0);
            var columns = Enumerable.Range(0, site.Columns).Count(column => Enumerable.Range(0, site.Rows).Any(row => values[row * site.Columns + column] != 0));
            Assert.Equal((width.KeptRows, width.KeptColumns), (rows, columns));
            (zeros, all) = (zeros + values.Count(value => value == 0), all + values.Length);
            if (structure == PruningStructure.Blocks) Assert.All(values.Chunk(4), block => Assert.InRange(block.Count(value => value == 0), 2, 4));
            Assert.Equal(site.Role == ParameterRole.Down ? ElementType.F16 : ElementType.BF16, small.GetWeight(site.Weight).Type);
        }

        Assert.Equal(last.Sparsity, (double)zeros / all, 1e-3);
        Assert.False(Directory.Exists(temporary.File("out.run")));
        Assert.Equal(3, small.Provenance!["surgeon"]!["steps"]!.AsArray().Count);
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_the_same_bytes()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var recipe = new Recipe { Passes = [Options] };
        new CompressionRunner(model, recipe).Run(temporary.File("whole"));
        for (var stops = 1; stops <= 2; stops++)
        {
            using var cancel = new CancellationTokenSource();
            var until = $"shot {stops + 1} of 3";
            var progress = new Watch(value =>
            {
                if (value.Stage.StartsWith("curvature", StringComparison.Ordinal) && value.Stage.Contains(until, StringComparison.Ordinal)) cancel.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => new CompressionRunner(model, recipe).Run(temporary.File("stopped"), progress: progress, cancellation: cancel.Token));
            Assert.Equal([$"shot-000{stops}"], Directory.GetDirectories(temporary.File("stopped.run")).Select(Path.GetFileName));
        }

        // The state is of these options alone.
        var other = new Recipe { Passes = [Options with { Shots = 4 }] };
        var refused = Assert.Throws<RecipeException>(() => new CompressionRunner(model, other).Run(temporary.File("stopped")));
        Assert.Contains("is the state of another run", refused.Message, StringComparison.Ordinal);
        new CompressionRunner(model, recipe).Run(temporary.File("stopped"));
        foreach (var file in (string[])["model.safetensors", "pare.json", "config.json"])
            Assert.Equal(File.ReadAllBytes(temporary.File($"whole/{file}")), File.ReadAllBytes(temporary.File($"stopped/{file}")));
    }

    [Fact]
    public void The_search_for_a_damping_is_no_worse_than_the_one_that_it_starts_from()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var searched = Run(Options with { Shots = 1 }, "searched");
        var given = Run(Options with { Shots = 1, InputDamping = 0.01, OutputDamping = 0.01 }, "given");
        Assert.Equal(1, given.Damping);
        Assert.Equal(searched.PerplexityBefore, given.PerplexityBefore);
        Assert.True(searched.Perplexity <= given.Perplexity, $"{searched.Perplexity} with damping {searched.Damping}, {given.Perplexity} without search");

        SurgeonStep Run(SurgeonOptions options, string name) => new CompressionRunner(model, new Recipe { Passes = [options] }).Run(temporary.File(name)).Shots.Single();
    }

    [Theory]
    [InlineData(PruningStructure.RowsColumns, 0.3)]
    [InlineData(PruningStructure.Elements, 0.6)]
    public void A_low_rank_correction_lowers_the_perplexity_and_keeps_every_zero(PruningStructure structure, double sparsity)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var options = Options with { Structure = structure, Sparsity = sparsity, Shots = 2, InputDamping = 0.1, LoraRank = 4, Format = ElementType.F32 };
        var report = new CompressionRunner(model, new Recipe { Passes = [options] }).Run(temporary.File("out"));
        Assert.All(report.Shots, shot => Assert.True(shot.Perplexity < shot.PerplexityPruned));
        Assert.Equal(report.Shots[0].Perplexity, report.Shots[1].PerplexityBefore);
        // By one part in forty at least; five and more were seen.
        Assert.InRange(report.Shots[1].Perplexity / report.Shots[1].PerplexityPruned, 0, 0.975);
        using var small = Model.Open(temporary.File("out"));
        var last = report.Shots[1];
        Assert.InRange(last.Sparsity, sparsity - 0.001, sparsity + 0.001);
        foreach (var site in small.Graph.Sites) Assert.Equal(last.Sites.Single(w => w.Name == site.Name).Zeros, small.GetWeight(site.Weight).ToArray().LongCount(value => value == 0));
    }

    [Fact]
    public void What_no_allocation_can_reach_is_refused_with_the_highest_that_can_be()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var recipe = new Recipe { Passes = [Options with { Sparsity = 0.8, Shots = 1, MinimumWidth = 0.5 }] };
        var refused = Assert.Throws<RecipeException>(() => new CompressionRunner(model, recipe).Run(temporary.File("out")));
        // Half of the rows and half of the columns leave a quarter.
        Assert.Contains("0.75 is the highest", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipes_name_every_option()
    {
        var recipe = Recipe.Parse("""
            passes:
              - method: surgeon
                sparsity: 0.4
                calibration: text.txt
                calibrationTokens: 100
                heldOutTokens: 20
                window: 10
                structure: 1:8
                shots: 7
                curvature: nearest-kronecker
                iterations: 2
                update: false
                damping: 0.5
                outputDamping: 0.25
                dampCosts: false
                maxCorrelate: -1
                updateScale: 0.5
                minimumWidth: 0.1
                loraRank: 3
                loraLearningRate: 0.002
                loraEpochs: 4
                loraFinalEpochs: 6
                batchTokens: 30
                memoryGiB: 0.5
                format: q8_0
                sites: "*.down_proj"
            """);
        var options = Assert.IsType<SurgeonOptions>(recipe.Passes.Single());
        Assert.Equal(["*.down_proj"], options.Sites);
        Assert.Equal(
            new SurgeonOptions
            {
                Sparsity = 0.4,
                Calibration = "text.txt",
                CalibrationTokens = 100,
                HeldOutTokens = 20,
                Window = 10,
                Structure = PruningStructure.Blocks,
                BlockKept = 1,
                BlockSize = 8,
                Shots = 7,
                Curvature = CurvatureKind.NearestKronecker,
                Iterations = 2,
                Update = false,
                InputDamping = 0.5,
                OutputDamping = 0.25,
                DampCosts = false,
                MaxCorrelate = -1,
                UpdateScale = 0.5,
                LoraRank = 3,
                LoraLearningRate = 0.002,
                LoraEpochs = 4,
                LoraFinalEpochs = 6,
                MinimumWidth = 0.1,
                BatchTokens = 30,
                MemoryBytes = 1L << 29,
                Format = ElementType.Q8_0,
                Sites = options.Sites,
            }, options);
    }

    [Theory]
    [InlineData("passes[0].sparsity", "is missing", "calibration: a")]
    [InlineData("passes[0].sparsity", "expected a number, found 'much'", "sparsity: much, calibration: a")]
    [InlineData("passes[0].structure", "did you mean 'rows'", "sparsity: 0.5, calibration: a, structure: row")]
    [InlineData("passes[0].structure", "expected N:M", "sparsity: 0.5, calibration: a, structure: 'two:4'")]
    [InlineData("passes[0].update", "expected true or false", "sparsity: 0.5, calibration: a, update: perhaps")]
    [InlineData("passes[0].sparsity", "above 0 and below 1", "sparsity: 1.5, calibration: stories.txt")]
    [InlineData("passes[0].sparsity", "2:4 removes at most 0.5", "sparsity: 0.6, calibration: stories.txt, structure: '2:4'")]
    [InlineData("passes[0].structure", "do not divide the 172 columns of model.layers.0.mlp.down_proj", "sparsity: 0.3, calibration: stories.txt, structure: '3:8'")]
    [InlineData("passes[0].calibration", "there is no file", "sparsity: 0.5, calibration: nowhere.txt")]
    [InlineData("passes[0].calibration", "were asked for", "sparsity: 0.5, calibration: stories.txt, calibrationTokens: 1000000")]
    [InlineData("passes[1].method", "has to be the first pass", "sparsity: 0.5, calibration: stories.txt", "- { method: round-to-nearest, format: q8_0 }")]
    public void What_a_recipe_gets_wrong_is_named(string path, string message, string step, string before = "")
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var text = string.Create(CultureInfo.InvariantCulture, $"passes:\n  {before}\n  - {{ method: surgeon, {step} }}\n");
        var refused = Assert.Throws<RecipeException>(() => new CompressionRunner(model, Recipe.Parse(text, SharedFiles.InRepository("models"))).Run(temporary.File("out")));
        Assert.Equal(path, refused.Path);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private sealed class Watch(Action<CompressionProgress> report) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) => report(value);
    }
}
