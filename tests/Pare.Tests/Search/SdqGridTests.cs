using Pare.Compression;
using Pare.Evaluation;
using Pare.Evaluation.Speed;
using Pare.Formats;
using Pare.Models;
using Pare.Reports;
using Pare.Runtime;
using Pare.Search;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Search;

/// <summary>Grids of SDQ: what a document stands for, and that its rows are what making and measuring each model by hand gives.</summary>
public sealed class SdqGridTests
{
    private const string Grid = "grid:\n  - { pattern: ['3:4', '2:4'], outliers: [none, '1:4'], inlierFormat: [fp4, int4] }\n  - { pattern: '3:4', outliers: '1:4', outlierMetric: error }\n";

    private static string Sample => SharedFiles.InRepository("models", "stories260K");

    [Fact]
    public void A_grid_stands_for_every_combination_once()
    {
        var grid = SdqGrid.Parse(Grid + "  - { pattern: '2:4', inlierFormat: int4 }\nsites: '*.q_proj'\ndamping: 0.02\n");
        string[] expected =
        [
            "3:4-fp4", "3:4-int4", "2:4-fp4+1:4-int8", "2:4-int4+1:4-int8", "2:4-fp4", "2:4-int4", "1:4-fp4+1:4-int8", "1:4-int4+1:4-int8", "2:4-fp4+1:4-int8",
        ];
        Assert.Equal(expected, grid.Configurations.Select(options => options.Format.ToString()));
        Assert.Equal(SdqMetric.Error, grid.Configurations[^1].OutlierMetric);
        Assert.All(grid.Configurations, options => Assert.Equal((0.02, "*.q_proj"), (options.Damping, options.Sites!.Single())));
    }

    [Fact]
    public void Every_configuration_has_a_point_that_stands_for_it()
    {
        var grid = SdqGrid.Parse("grid: [{ pattern: ['7:8', '16:16', '1:2'], inlierFormat: [int2, fp8], metric: [magnitude, wanda, sparsegpt], joint: [true, false] }, { outliers: ['1:8', '3:8'], outlierFormat: [int8, fp8], metric: sparsegpt, outlierMetric: [error, sparsegpt, magnitude] }]");
        Assert.Equal(36 + 12, grid.Configurations.Count);
        Assert.All(grid.Configurations, options => Assert.Equal(options, SdqSpace.ToOptions(SdqSpace.Of(options))));
        Assert.Equal(48, grid.Configurations.Select(options => SdqSpace.Space.Format(SdqSpace.Of(options))).Distinct().Count());
    }

    [Theory]
    [InlineData("grid: [{ pattern: '3:4', outliers: '1:8' }]", "grid[0].outliers: blocks of 8, but the pattern has blocks of 4")]
    [InlineData("grid: [{ pattern: '7:8' }, { patern: '7:8' }]", "grid[1].patern: unknown key; did you mean 'pattern'?")]
    [InlineData("grid: [{ damping: 0.1 }]", "grid[0].damping: unknown key")]
    [InlineData("seed: 1", "grid: expected a list with at least one entry")]
    [InlineData("grid: [{ pattern: '7:8' }]\npasses: [{ method: wand }]", "passes[0].method: unknown method 'wand'")]
    public void Documents_that_make_no_sense_are_refused_by_their_place(string document, string expected) =>
        Assert.Contains(expected, Assert.Throws<RecipeException>(() => SdqGrid.Parse(document)).Message, StringComparison.Ordinal);

    [Fact]
    public void Rows_are_what_each_model_gives_by_hand_and_no_row_is_measured_again()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var engine = new EngineOptions { Threads = 1, Activations = ActivationPrecision.Matched };
        var texts = new[] { "wikipedia.txt", "stories.txt" }.Select(file => TokenWindows.FromText(model.Tokenizer, SharedFiles.InRepository("models", file), TextProtocol.Plain, 32, 2)).ToList();
        var grid = SdqGrid.Parse("grid: [{ pattern: '3:4', outliers: [none, '1:4'] }]");
        var meter = new SdqMeter(model, grid, texts, engine, new BenchOptions { Prompt = 4, Generate = 4, Repetitions = 1 }, temporary.File("work"));
        var description = new StudyDescription { Space = SdqSpace.Space, Metrics = meter.Metrics, Subject = meter.Subject(Sample) };
        var evaluated = 0;
        using var stop = new CancellationTokenSource();
        using (var study = Study.Open(temporary.File("s.db"), description))
            Assert.Throws<OperationCanceledException>(() => Run(study, grid, candidate =>
            {
                if (evaluated == 1) stop.Cancel();
            }));
        using var again = Study.Open(temporary.File("s.db"), description);
        Assert.Equal(1, again.Count);
        var rows = Run(again, grid, _ => { }, CancellationToken.None);
        Assert.Equal(2, evaluated);
        var larger = Run(again, SdqGrid.Parse("grid: [{ pattern: ['3:4', '8:8'], outliers: none }, { pattern: '3:4', outliers: '1:4' }]"), _ => { }, CancellationToken.None);
        Assert.Equal(3, evaluated);
        // Rows of 172 inputs have no blocks of 8.
        Assert.Contains("use 2, 4 for M", larger[1].Failure, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(temporary.File("work")));

        foreach (var (row, name) in rows.Zip((string[])["3:4-fp4", "2:4-fp4+1:4-int8"]))
        {
            new CompressionRunner(model, new Recipe { Passes = [new SdqOptions { Format = Pare.Formats.Sparse.SparseFormat.Of(ElementTypes.Parse(name)) }] }).Run(temporary.File(name));
            using var small = Model.Open(temporary.File(name));
            using var runtime = new InferenceEngine(small, engine);
            foreach (var text in texts) Assert.Equal(new PerplexityEvaluator(small, runtime).Evaluate(text).Perplexity, row.Metrics[SdqMeter.PerplexityOn(text)], 1e-9);
            var (bytes, weights) = (model.Graph.Sites.Sum(site => small.GetWeight(site.Weight).ByteLength), model.Graph.Sites.Sum(site => site.WeightCount));
            Assert.Equal(8.0 * bytes / weights, row.Metrics[SdqMeter.BitsPerWeight], 1e-9);
            Assert.True(row.Metrics[SdqMeter.DecodeTokensPerSecond] > 0);
        }

        // 1 / (3/4 · 4/16), and 1 / (2/4 · 4/16 + 1/4 · 8/16).
        Assert.Equal(16 / 3.0, rows[0].Metrics[SdqMeter.ModelledThroughput], 1e-12);
        Assert.Equal(4, rows[1].Metrics[SdqMeter.ModelledThroughput], 1e-12);

        var page = SdqGridPage.Create(again, larger, meter.Whole(Sample)).Render();
        Assert.Contains("a model, not a measurement", page, StringComparison.Ordinal);
        Assert.Contains("perplexity on stories.txt against bits per weight", page, StringComparison.Ordinal);
        Assert.Contains("2:4-fp4+1:4-int8", page, StringComparison.Ordinal);
        Assert.Contains("Not measured", page, StringComparison.Ordinal);

        IReadOnlyList<StudyEntry> Run(Study study, SdqGrid of, Action<Candidate> before, CancellationToken? cancellation = null) => StudyRunner.Run(
            study, new ListSearcher(of.Configurations.Select(SdqSpace.Of)), (candidate, token) =>
            {
                before(candidate);
                token.ThrowIfCancellationRequested();
                evaluated++;
                return meter.Measure(SdqSpace.ToOptions(candidate), cancellation: token);
            },
            new StudyRunOptions { Objectives = [new Objective(SdqMeter.BitsPerWeight)], Evaluations = of.Configurations.Count, Searcher = "grid", Seed = 0 }, cancellation ?? stop.Token);
    }
}
