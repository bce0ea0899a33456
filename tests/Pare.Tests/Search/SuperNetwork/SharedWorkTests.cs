using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.Search;
using Pare.Tests.Evaluation;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Search.SuperNetwork;

public sealed class SharedWorkTests
{
    [SharedTheory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    [InlineData("gpt-neox")]
    [InlineData("gemma2")]
    public void A_pass_from_a_block_on_is_the_rest_of_the_whole_pass(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        // Pieces of 64 tokens.
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 1, ActivationBytes = 1 });
        const int Count = 150;
        var (width, layers) = (engine.Config.HiddenSize, engine.Config.Layers.Count);
        int[] tokens = [.. Enumerable.Range(0, Count).Select(i => (i * 37 + 11) % engine.Config.VocabularySize)];
        float[] expected = new float[Count * width], found = new float[Count * width];
        using (var cache = engine.CreateCache(Count)) engine.Forward(tokens, cache, expected);
        var behind = Enumerable.Range(0, layers).Select(_ => new float[Count * width]).ToArray();
        using (var cache = engine.CreateCache(Count)) engine.ForwardFrom(0, tokens, [], cache, found, (block, start, values) => values.CopyTo(behind[block].AsSpan(start * width)));
        Assert.Equal(expected, found);
        for (var first = 1; first <= layers; first++)
        {
            using var cache = engine.CreateCache(Count);
            Array.Clear(found);
            var seen = new List<int>();
            engine.ForwardFrom(first, tokens, behind[first - 1], cache, found, (block, _, _) => seen.Add(block));
            Assert.Equal(expected, found);
            Assert.All(seen, block => Assert.True(block >= first));
        }
    }

    [Theory]
    [InlineData(PrefixStreams.MostBytes)]
    [InlineData(3 * 24 * 64 * 4)]
    [InlineData(0)]
    public void What_candidates_have_in_common_is_run_once_and_changes_no_bit(long mostBytes)
    {
        using var small = new SmallModel();
        var config = small.Model.Config;
        var order = ImportanceOrder.Unsorted(config);
        var space = new SubNetworkSpace(config, new SubNetworkSpaceOptions { FfnSizes = [64, 128], Formats = [ElementType.F32, ElementType.Q8_0] }, order.Layers);
        var treatments = new CandidateTreatments(space, config, order, null, null);
        // By the last layers that differ from the whole model.
        Candidate[] candidates = [.. new[] { "4", "34", "0", "", "24", "3" }.Select(layers => With(space, layers))];
        var windows = small.Windows(24, 3);
        using var text = new TextMeasure(small.Model, windows, withDivergence: true, threads: 1, ReferencePredictions(), mostBytes, default);
        using var shared = new SubNetworkEvaluator(small.Model, order, [text], threads: 1);
        using var alone = new SubNetworkEvaluator(small.Model, order, [new TextMeasure(small.Model, windows, withDivergence: true, threads: 1)], threads: 1);
        var planned = text.Plan(space, candidates);
        Assert.Equal(Enumerable.Range(0, candidates.Length), planned.Order());
        foreach (var index in planned)
            Assert.Equal(alone.Measure(space.ToSubNetwork(candidates[index]), treatments.Of(candidates[index])), shared.Measure(candidates[index], space, treatments));
        var (run, skipped) = text.Blocks;
        Assert.Equal(candidates.Length * 5 * windows.Count, run + skipped);
        // The five that agree in the first two layers run them once; of those, whole, 4, 3 and 34 agree in the third; whole and 4, and 3 and 34, in the fourth.
        var most = 4 * 2 + 3 + 1 + 1;
        if (mostBytes == PrefixStreams.MostBytes) Assert.Equal(most * windows.Count, skipped);
        else if (mostBytes == 0) Assert.Equal(0, skipped);
        else Assert.InRange(skipped, windows.Count, most * windows.Count - 1);

        static long ReferencePredictions() => Pare.Evaluation.ReferencePredictions.LargestKeptBytes;
    }

    [Fact]
    public void Candidates_without_hope_are_stopped_and_are_on_no_front()
    {
        using var small = new SmallModel();
        using var folder = new TemporaryFolder();
        var config = small.Model.Config;
        var order = ImportanceOrder.Unsorted(config);
        var space = new SubNetworkSpace(config, new SubNetworkSpaceOptions { Depths = [4, 5], FfnSizes = [16, 160, 172], IsPerLayer = false }, order.Layers);
        var treatments = new CandidateTreatments(space, config, order, null, null);
        var windows = small.Windows(16, 12);
        using var study = Study.Open(folder.File("s.db"), new StudyDescription { Space = space.Space, Metrics = [.. SearchMetrics.Always, SearchMetrics.Kl, SearchMetrics.Windows] });
        var stopping = new EarlyStopping(study, 0.01, windows.Count);
        Assert.Equal(Enumerable.Range(0, 12), stopping.Order.Order());
        using var evaluator = new SubNetworkEvaluator(small.Model, order, [new SizeMeasure(), new TextMeasure(small.Model, windows, true, 1) { Stopping = stopping }], threads: 1);
        using var full = new SubNetworkEvaluator(small.Model, order, [new SizeMeasure(), new TextMeasure(small.Model, windows, true, 1)], threads: 1);
        // Fewer neurons in all five layers are far worse than one layer less with nearly all of them, and not smaller.
        Candidate good = Of("4", "160"), hopeless = Of("5", "16"), whole = Of("5", "172");
        Store(good);
        stopping.Learn(study.Entries(), []);
        var exact = full.Measure(space.ToSubNetwork(hopeless));
        // It is smaller, so the good one is no reason to stop it.
        Assert.Equal(12, evaluator.Measure(hopeless, space, treatments)[SearchMetrics.Windows]);
        Store(hopeless);
        stopping.Learn(study.Entries(), []);
        // What is better than all that are smaller is measured in full, to the bit.
        var measured = evaluator.Measure(whole, space, treatments);
        Assert.Equal(12, measured[SearchMetrics.Windows]);
        Assert.Equal(full.Measure(space.ToSubNetwork(whole))[SearchMetrics.Perplexity], measured[SearchMetrics.Perplexity]);
        Assert.Equal(exact[SearchMetrics.Perplexity], study.Find(hopeless)!.Metrics[SearchMetrics.Perplexity]);

        // Now a row that is no larger than anything and far better: the whole model's losses under the smallest sizes.
        study.Complete(new StudyEntry { Candidate = Of("4", "16"), Metrics = new Dictionary<string, double>(measured) { [SearchMetrics.Parameters] = 1, [SearchMetrics.Bytes] = 1, [SearchMetrics.MultiplyAdds] = 1 }, Searcher = "random", Seed = 1, Seconds = 0 });
        study.KeepNote("losses " + space.Space.Format(Of("4", "16")), study.Note("losses " + space.Space.Format(whole))!);
        stopping.Learn(study.Entries(), [new Constraint(SearchMetrics.Parameters, 0)]);
        Assert.Equal(12, evaluator.Measure(hopeless, space, treatments)[SearchMetrics.Windows]);
        stopping.Learn(study.Entries(), [new Constraint(SearchMetrics.Parameters, 1)]);
        var stopped = evaluator.Measure(hopeless, space, treatments);
        Assert.InRange(stopped[SearchMetrics.Windows], 4, 8);
        Assert.True(stopped[SearchMetrics.Perplexity] > measured[SearchMetrics.Perplexity] && stopped[SearchMetrics.Kl] > measured[SearchMetrics.Kl]);
        // The estimate: the row's mean, and the mean difference over the windows that were seen.
        var (row, own) = (Losses(whole), Losses(hopeless));
        Assert.Equal(Math.Log(exact[SearchMetrics.Perplexity]), own.Average(), 1e-12);
        var seen = stopping.Order.Take((int)stopped[SearchMetrics.Windows]).ToList();
        Assert.Equal(row.Average() + seen.Average(window => own[window] - row[window]), Math.Log(stopped[SearchMetrics.Perplexity]), 1e-12);

        double[] Losses(Candidate candidate) => [.. System.Text.Json.Nodes.JsonNode.Parse(study.Note("losses " + space.Space.Format(candidate))!)![SearchMetrics.Perplexity]!.AsArray().Select(loss => (double)loss!)];

        Candidate Of(string depth, string ffn) => space.Space.Parse($$"""{"depth":"{{depth}}","ffn":"{{ffn}}"}""");

        void Store(Candidate candidate) => study.Complete(new StudyEntry { Candidate = candidate, Metrics = evaluator.Measure(candidate, space, treatments), Searcher = "random", Seed = 1, Seconds = 0 });
    }

    private static Candidate With(SubNetworkSpace space, string layers)
    {
        double[] genes = [.. space.Largest.Genes];
        foreach (var layer in layers)
            foreach (var (index, dimension) in space.Space.Dimensions.Index())
                if (dimension.Name == $"ffn.{layer}") genes[index] = 0;
        return space.Space.Create(genes);
    }
}
