using Pare.Evaluation;
using Pare.Evaluation.Tasks;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Search;
using Pare.Tests.Evaluation;
using Pare.Tests.Formats;
using Pare.Training;

namespace Pare.Tests.Search.SuperNetwork;

public sealed class CandidateMeasureTests
{
    private const string Task = """
        task: endings
        data: endings.jsonl
        prompt: "Once upon a time, there was a {what}"
        choices: options
        gold: answer
        metric: acc
        """;

    private static readonly string[] s_documents =
    [
        """{"what":"little","options":["girl named Lily","the of and"],"answer":0}""",
        """{"what":"big","options":["very not a","dog. The dog was sad"],"answer":1}""",
        """{"what":"girl. She","options":["park Lily outside","loved to play"],"answer":0}""",
    ];

    [Fact]
    public void Divergence_is_that_of_the_definition_in_double_precision()
    {
        using var small = new SmallModel();
        var windows = small.Windows(24, 3);
        var shape = Smaller(small.Model);
        var order = ImportanceOrder.Unsorted(small.Model.Config);
        using var evaluator = new SubNetworkEvaluator(small.Model, order, [new TextMeasure(small.Model, windows, withDivergence: true, threads: 1)], threads: 1);
        var measured = evaluator.Measure(shape);

        using var pool = new ComputePool(1);
        using var candidate = SubNetworkModel.Create(small.Model, shape, order, pool);
        using var engine = new InferenceEngine(candidate, new EngineOptions { Threads = 1 });
        double divergence = 0, loss = 0;
        for (var window = 0; window < windows.Count; window++)
        {
            var (p, q) = (LogProbabilities(small.Engine, windows[window]), LogProbabilities(engine, windows[window]));
            for (var i = 0; i + 1 < windows.Window; i++)
            {
                divergence += p[i].Zip(q[i], (a, b) => Math.Exp(a) * (a - b)).Sum();
                loss -= q[i][windows[window][i + 1]];
            }
        }

        var tokens = windows.Count * (windows.Window - 1.0);
        // Divergences have an absolute error below 1e-5; these are of the order of 1.
        Assert.True(divergence / tokens > 0.05);
        Assert.Equal(divergence / tokens, measured[SearchMetrics.Kl], 1e-5);
        Assert.Equal(Math.Exp(loss / tokens), measured[SearchMetrics.Perplexity], 1e-4 * Math.Exp(loss / tokens));
        Assert.InRange(evaluator.Measure(SubNetwork.Whole(small.Model.Config))[SearchMetrics.Kl], 0, 1e-7);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Logits_that_were_not_kept_are_computed_again(int keptWindows)
    {
        using var small = new SmallModel();
        var windows = small.Windows(24, 3);
        var shape = Smaller(small.Model);
        var order = ImportanceOrder.Unsorted(small.Model.Config);
        var bytes = (windows.Window - 1L) * small.Model.Config.VocabularySize * sizeof(float);
        using (var predictions = new ReferencePredictions(small.Engine, windows, keptWindows * bytes + 1)) Assert.Equal(keptWindows, predictions.KeptWindows);
        double Kl(long kept)
        {
            using var evaluator = new SubNetworkEvaluator(small.Model, order, [new TextMeasure(small.Model, windows, true, 1, kept, PrefixStreams.MostBytes, default)], threads: 1);
            return evaluator.Measure(shape)[SearchMetrics.Kl];
        }

        Assert.Equal(Kl(ReferencePredictions.LargestKeptBytes), Kl(keptWindows * bytes + 1));
    }

    [Fact]
    public void Accuracy_is_that_of_the_written_model()
    {
        using var small = new SmallModel();
        using var folder = new TemporaryFolder();
        folder.Write("endings.jsonl", string.Join('\n', s_documents));
        var task = TaskFile.Load(folder.Write("task.yaml", Task));
        var accuracy = new TaskAccuracy(task, folder.Path, small.Model.Tokenizer, new TaskOptions());
        var order = ImportanceOrder.Unsorted(small.Model.Config);
        using var evaluator = new SubNetworkEvaluator(small.Model, order, [new TaskMeasure([accuracy])], threads: 1);
        var shape = SubNetwork.Whole(small.Model.Config);
        // The third document's answer is not the likely one.
        Assert.Equal(2.0 / 3, evaluator.Measure(shape)[SearchMetrics.Accuracy], 1e-12);
        using var pool = new ComputePool(1);
        SubNetworkModel.Write(small.Model, Smaller(small.Model), order, folder.File("out"), false, pool);
        using var written = Model.Open(folder.File("out"));
        using var engine = new InferenceEngine(written, new EngineOptions { Threads = 1 });
        var expected = new TaskEvaluator(written, engine).Evaluate(task, folder.Path).Metrics.Single(metric => metric.Metric == "acc").Value;
        Assert.Equal(expected, evaluator.Measure(Smaller(small.Model))[SearchMetrics.Accuracy], 1e-12);
        Assert.Equal(2, new TaskAccuracy(task, folder.Path, small.Model.Tokenizer, new TaskOptions { Limit = 2 }).Documents);
    }

    [Fact]
    public void A_metric_that_fails_for_a_candidate_is_named_and_recorded_and_the_search_goes_on()
    {
        using var small = new SmallModel();
        using var folder = new TemporaryFolder();
        var order = ImportanceOrder.Unsorted(small.Model.Config);
        var space = new SubNetworkSpace(small.Model.Config, new SubNetworkSpaceOptions { Depths = [2, 3, 4, 5], IsPerLayer = false }, order.Layers);
        var description = new StudyDescription { Space = space.Space, Metrics = [.. SearchMetrics.Always, "odd"] };
        using var study = Study.Open(folder.File("s.db"), description);
        using var evaluator = new SubNetworkEvaluator(small.Model, order, [new SizeMeasure(), new TextMeasure(small.Model, small.Windows(16, 1)), new OddMeasure()], threads: 1);
        var rows = StudyRunner.Run(study, new RandomSearch(space.Space, 1, 4), (candidate, cancellation) => evaluator.Measure(space.ToSubNetwork(candidate), null, cancellation),
            new StudyRunOptions { Objectives = [new Objective("odd"), new Objective(SearchMetrics.Parameters)], Evaluations = 4, Searcher = "random", Seed = 1 });
        Assert.Equal(4, rows.Count);
        var byDepth = rows.ToDictionary(row => space.ToSubNetwork(row.Candidate).Layers.Count, row => row.Failure);
        Assert.Null(byDepth[2]);
        Assert.Contains("odd could not be measured: three is too many", byDepth[3], StringComparison.Ordinal);
        Assert.Contains("odd is NaN", byDepth[4], StringComparison.Ordinal);
        Assert.Null(byDepth[5]);
        Assert.Equal([2], StudyFront.Of(study.Entries(), [SearchMetrics.Objective("odd")], []).Front.Select(row => space.ToSubNetwork(row.Candidate).Layers.Count));
    }

    internal static SubNetwork Smaller(Model model)
    {
        var whole = SubNetwork.Whole(model.Config);
        return whole with { Layers = [.. whole.Layers.Where(layer => layer.Source != 1).Select((layer, i) => layer with { FfnSize = layer.FfnSize / (1 + i % 2) })] };
    }

    private static List<double[]> LogProbabilities(InferenceEngine engine, ReadOnlySpan<int> tokens)
    {
        using var cache = engine.CreateCache(tokens.Length);
        var (width, vocabulary) = (engine.Config.HiddenSize, engine.Config.VocabularySize);
        var hidden = new float[tokens.Length * width];
        var logits = new float[tokens.Length * vocabulary];
        engine.Forward(tokens, cache, hidden);
        engine.Logits(hidden, tokens.Length, logits);
        var rows = new List<double[]>();
        foreach (var row in logits.Chunk(vocabulary))
        {
            double largest = row.Max();
            var sum = largest + Math.Log(row.Sum(logit => Math.Exp(logit - largest)));
            rows.Add([.. row.Select(logit => logit - sum)]);
        }

        return rows;
    }

    private sealed class OddMeasure : ICandidateMeasure
    {
        public IReadOnlyList<string> Metrics { get; } = ["odd"];

        public void Measure(CandidateModel candidate, IDictionary<string, double> values, CancellationToken cancellation) => values["odd"] = candidate.Shape.Layers.Count switch
        {
            3 => throw new InvalidOperationException("three is too many"),
            4 => double.NaN,
            var depth => depth,
        };

        public void Dispose()
        {
        }
    }
}
