using Pare.Calibration;
using Pare.Compression;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Evaluation;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Compression;

public sealed unsafe class DepthTests
{
    private static readonly CalibrationOptions Calibration = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 64 };

    private static string Llama => SharedFiles.InRepository("models", "pare-llama-5m");

    private static string Opt => SharedFiles.InRepository("models", "pare-opt-5m");

    [Theory]
    [InlineData(DepthUnit.Blocks, 2, "llama")]
    [InlineData(DepthUnit.Attention, 2, "llama")]
    [InlineData(DepthUnit.Ffn, 3, "llama")]
    [InlineData(DepthUnit.Sublayers, 5, "llama")]
    [InlineData(DepthUnit.Blocks, 1, "opt")]
    [InlineData(DepthUnit.Sublayers, 4, "opt")]
    public void What_changes_the_stream_least_goes(DepthUnit unit, int count, string family)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(family == "opt" ? Opt : Llama);
        var influences = Influences(model, unit);
        var expected = influences.OrderBy(entry => entry.Value).Take(count).Select(entry => entry.Key).ToHashSet();
        var report = Compress(model, new BlockInfluenceOptions { Sparsity = (double)count / influences.Count, Remove = unit }, temporary.File("out"));
        Assert.Equal(count, report.Notes.Count);
        using var small = Model.Open(temporary.File("out"));
        var whole = SubNetwork.Whole(model.Config);
        var layers = whole.Layers.Select((layer, i) => layer with
        {
            KeyValueHeads = expected.Contains((i, true, true)) || expected.Contains((i, true, false)) ? 0 : layer.KeyValueHeads,
            FfnSize = expected.Contains((i, true, true)) || expected.Contains((i, false, true)) ? 0 : layer.FfnSize,
        });
        using var pool = new ComputePool(1);
        using var wanted = SubNetworkModel.Create(model, whole with { Layers = [.. layers.Where(layer => layer.KeyValueHeads > 0 || layer.FfnSize > 0)] }, ImportanceOrder.Unsorted(model.Config), pool);
        Assert.Equal(wanted.Config.Layers, small.Config.Layers);
        Assert.Equal(Forward.Logits(wanted), Forward.Logits(small));
        Assert.True(small.WeightBytes < model.WeightBytes);
    }

    [Fact]
    public void By_perplexity_goes_what_the_model_misses_least()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Llama);
        using var pool = new ComputePool(2);
        var whole = SubNetwork.Whole(model.Config);
        var windows = CalibrationText.Read(Calibration, model, 0);
        var perplexities = whole.Layers.Select(layer =>
        {
            using var without = SubNetworkModel.Create(model, whole with { Layers = [.. whole.Layers.Where(other => other != layer)] }, ImportanceOrder.Unsorted(model.Config), pool);
            return Math.Exp(Loss(without, windows));
        }).ToArray();
        var least = Array.IndexOf(perplexities, perplexities.Min());
        var report = Compress(model, new BlockInfluenceOptions { Sparsity = 1.0 / 6, Measure = DepthMeasure.Perplexity }, temporary.File("out"));
        Assert.Equal($"removed block {least}, perplexity without it {perplexities[least]:G4}", Assert.Single(report.Notes));
    }

    [Fact]
    public void Greedy_removal_measures_what_is_left()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Llama);
        using var pool = new ComputePool(2);
        var windows = CalibrationText.Read(Calibration, model, 0);
        var shape = SubNetwork.Whole(model.Config);
        var expected = new List<int>();
        for (var round = 0; round < 2; round++)
        {
            var best = shape.Layers.MinBy(layer =>
            {
                using var without = SubNetworkModel.Create(model, shape with { Layers = [.. shape.Layers.Where(other => other != layer)] }, ImportanceOrder.Unsorted(model.Config), pool);
                return Loss(without, windows);
            })!;
            expected.Add(best.Source);
            shape = shape with { Layers = [.. shape.Layers.Where(layer => layer != best)] };
        }

        var report = Compress(model, new BlockInfluenceOptions { Sparsity = 2.0 / 6, Measure = DepthMeasure.Perplexity, Greedy = true }, temporary.File("out"));
        Assert.Equal(expected, report.Notes.Select(note => int.Parse(note.Split(' ', ',')[2], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void What_stays_keeps_its_format_and_passes_behind_find_the_smaller_model()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Llama);
        Compress(model, new RoundToNearestOptions { Format = ElementType.Q4_0 }, temporary.File("quantized"));
        using var quantized = Model.Open(temporary.File("quantized"));
        Compress(quantized, new BlockInfluenceOptions { Sparsity = 0.5 }, temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        Assert.Equal(3, small.Config.Layers.Count);
        Assert.All(small.Graph.Sites, site => Assert.Equal(ElementType.Q4_0, small.GetWeight(site.Weight).Type));
        Compress(model, [new BlockInfluenceOptions { Sparsity = 0.5 }, new WandaOptions { Target = SparsityTarget.Unstructured(0.5) }, new RoundToNearestOptions { Format = ElementType.Q8_0 }], temporary.File("both"));
        using var both = Model.Open(temporary.File("both"));
        Assert.Equal(3, both.Config.Layers.Count);
        Assert.All(both.Graph.Sites, site => Assert.InRange(both.GetWeight(site.Weight).ToArray().Count(value => value == 0) / (double)site.WeightCount, 0.5, 0.6));
        Assert.All(both.Graph.Sites, site => Assert.Equal(ElementType.Q8_0, both.GetWeight(site.Weight).Type));
    }

    [Theory]
    [InlineData(0.05, "less than half of one")]
    [InlineData(0.95, "have to stay")]
    [InlineData(1.5, "expected a share")]
    public void A_share_of_nothing_or_everything_is_refused(double share, string says)
    {
        using var model = Model.Open(Llama);
        var exception = Assert.Throws<RecipeException>(() => new CompressionRunner(model, new Recipe { Passes = [new BlockInfluenceOptions { Sparsity = share }], Calibration = Calibration }));
        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => new CompressionRunner(model, new Recipe { Passes = [new LacoOptions { Sparsity = share }], Calibration = Calibration }));
    }

    [Fact]
    public void Without_a_text_they_are_refused()
    {
        using var model = Model.Open(Llama);
        Assert.Equal("calibration", Assert.Throws<RecipeException>(() => new CompressionRunner(model, new Recipe { Passes = [new BlockInfluenceOptions { Sparsity = 0.5 }] })).Path);
    }

    [Fact]
    public void Attention_is_never_lost_altogether()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Llama);
        Compress(model, new BlockInfluenceOptions { Sparsity = 10.0 / 12, Remove = DepthUnit.Sublayers }, temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        Assert.Contains(small.Config.Layers, layer => layer.HasAttention);
        Assert.Contains(small.Config.Layers, layer => layer.HasFfn);
        Assert.Equal(2, small.Config.Layers.Sum(layer => (layer.HasAttention ? 1 : 0) + (layer.HasFfn ? 1 : 0)));
    }

    [Theory]
    [InlineData("llama", 2.0 / 6, 3)]
    [InlineData("llama", 3.0 / 6, 4)]
    [InlineData("opt", 2.0 / 6, 3)]
    public void Laco_adds_the_differences_of_what_it_takes_over(string family, double share, int merge)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(family == "opt" ? Opt : Llama);
        Compress(model, new LacoOptions { Sparsity = share, Merge = merge, Format = ElementType.F32 }, temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        var merges = small.Provenance!["laco"]!["merges"]!.AsArray();
        // What every block is made of: the factor of each block of the whole model.
        var blocks = Enumerable.Range(0, 6).Select(i => Enumerable.Range(0, 6).Select(j => i == j ? 1.0 : 0).ToArray()).ToList();
        var names = Enumerable.Range(0, 6).ToList();
        foreach (var entry in merges)
        {
            var at = names.IndexOf((int)entry!["block"]!);
            int[] taken = [.. entry["taken"]!.AsArray().Select(layer => (int)layer!)];
            Assert.Equal(names.GetRange(at + 1, taken.Length), taken);
            blocks[at] = [.. Enumerable.Range(0, 6).Select(j => blocks[at][j] + taken.Select((_, k) => blocks[at + 1 + k][j] - blocks[at][j]).Sum())];
            blocks.RemoveRange(at + 1, taken.Length);
            names.RemoveRange(at + 1, taken.Length);
        }

        Assert.Equal(6 - (int)Math.Round(6 * share), blocks.Count);
        Assert.Equal(blocks.Count, small.Config.Layers.Count);
        foreach (var parameter in small.Graph.Parameters)
        {
            var found = small.GetWeight(parameter.Id).ToArray();
            var expected = new double[found.Length];
            for (var j = 0; j < 6; j++)
            {
                var factor = parameter.Id.Layer < 0 ? (j == 0 ? 1 : 0) : blocks[parameter.Id.Layer][j];
                if (factor == 0) continue;
                var values = model.GetWeight(parameter.Id.Layer < 0 ? parameter.Id : parameter.Id with { Layer = j }).ToArray();
                for (var i = 0; i < expected.Length; i++) expected[i] += factor * values[i];
            }

            // A few float32 additions of values of about one.
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 2e-6 * (1 + Math.Abs(expected[i])));
        }

        var last = (double)merges[^1]!["similarity"]!;
        Assert.Equal(Similarity(model, small), last, 1e-4);
    }

    [Fact]
    public void Laco_stops_at_its_threshold()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Llama);
        var exception = Assert.Throws<RecipeException>(() => Compress(model, new LacoOptions { Threshold = 0.99999 }, temporary.File("none")));
        Assert.Equal("passes[0].threshold", exception.Path);
        Compress(model, new LacoOptions { Threshold = 0.4, Merge = 2, Format = ElementType.F32 }, temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        Assert.InRange(small.Config.Layers.Count, 1, 5);
        Assert.All(small.Provenance!["laco"]!["merges"]!.AsArray(), merge => Assert.True((double)merge!["similarity"]! > 0.4));
        Assert.True(Similarity(model, small) > 0.4);
    }

    [SharedTheory]
    [MemberData(nameof(Families.All), MemberType = typeof(Families))]
    public void Every_family_loses_a_block_or_says_why_not(string family)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        using var tokens = new SmallTokens(model.Config.VocabularySize, 3, 16);
        var recipe = new Recipe { Passes = [new BlockInfluenceOptions { Sparsity = 0.5 }], Calibration = new CalibrationOptions { Tokens = tokens.Path } };
        try
        {
            new CompressionRunner(model, recipe).Run(temporary.File("out"));
        }
        catch (RecipeException e)
        {
            Assert.Contains("this family cannot say", e.Message, StringComparison.Ordinal);
            return;
        }

        using var small = Model.Open(temporary.File("out"));
        Assert.Equal(model.Config.Layers.Count - (int)Math.Round(0.5 * model.Config.Layers.Count, MidpointRounding.AwayFromZero), small.Config.Layers.Count);
        Assert.All(Forward.Logits(small), logit => Assert.True(float.IsFinite(logit)));
    }

    // 1 − mean cos(before, after) in double precision over what the runtime's blocks do to the stream.
    private static Dictionary<(int Layer, bool Attention, bool Ffn), double> Influences(Model model, DepthUnit unit)
    {
        var result = new Dictionary<(int, bool, bool), double>();
        using var pool = new ComputePool(1);
        var windows = CalibrationText.Read(Calibration, model, 0);
        using var stream = new BlockStream(model.Config, windows, pool, model.FindWeight);
        for (var i = 0; i < model.Config.Layers.Count; i++)
        {
            var before = Copy();
            Advance(layer => layer with { FfnSize = 0 });
            var middle = Copy();
            Advance(layer => layer with { Heads = 0, KeyValueHeads = 0 });
            var after = Copy();
            if (unit == DepthUnit.Blocks) result.Add((i, true, true), Influence(before, after));
            if (unit is DepthUnit.Attention or DepthUnit.Sublayers) result.Add((i, true, false), Influence(before, middle));
            if (unit is DepthUnit.Ffn or DepthUnit.Sublayers) result.Add((i, false, true), Influence(middle, after));

            void Advance(Func<LayerConfig, LayerConfig> part)
            {
                var config = model.Config with { Layers = [.. model.Config.Layers.Select((layer, index) => index == i ? part(layer) : layer)] };
                using var block = new DecoderBlock(config, i, model.FindWeight);
                stream.Advance(block, i, default);
            }
        }

        return result;

        double[] Copy()
        {
            var values = new double[stream.Tokens * model.Config.HiddenSize];
            for (var i = 0; i < values.Length; i++) values[i] = stream.Values[i];
            return values;
        }

        double Influence(double[] a, double[] b) => 1 - Cosine(a, b, model.Config.HiddenSize);
    }

    private static double Cosine(double[] a, double[] b, int size)
    {
        double sum = 0;
        for (var t = 0; t < a.Length; t += size)
        {
            double ab = 0, aa = 0, bb = 0;
            for (var i = t; i < t + size; i++) (ab, aa, bb) = (ab + a[i] * b[i], aa + a[i] * a[i], bb + b[i] * b[i]);
            sum += ab / Math.Sqrt(aa * bb);
        }

        return sum / (a.Length / size);
    }

    private static double Similarity(Model a, Model b)
    {
        var windows = CalibrationText.Read(Calibration, a, 0);
        return Cosine(Hidden(a), Hidden(b), a.Config.HiddenSize);

        double[] Hidden(Model model)
        {
            using var engine = new InferenceEngine(model, new EngineOptions { Threads = 1, KvCacheType = ElementType.F32 });
            var all = new List<double>();
            for (var i = 0; i < windows.Count; i++)
            {
                using var cache = engine.CreateCache(windows.Window);
                var hidden = new float[windows.Window * model.Config.HiddenSize];
                engine.Forward(windows[i], cache, hidden);
                all.AddRange(hidden.Select(value => (double)value));
            }

            return [.. all];
        }
    }

    // Mean −ln p(next token) by the runtime's logits.
    private static double Loss(Model model, TokenWindows windows)
    {
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 1, KvCacheType = ElementType.F32 });
        var (sum, vocabulary, length) = (0.0, model.Config.VocabularySize, windows.Window);
        for (var w = 0; w < windows.Count; w++)
        {
            using var cache = engine.CreateCache(length);
            var hidden = new float[length * model.Config.HiddenSize];
            engine.Forward(windows[w], cache, hidden);
            var logits = new float[length * vocabulary];
            engine.Logits(hidden, length, logits);
            for (var t = 0; t + 1 < length; t++)
            {
                var row = logits.AsSpan(t * vocabulary, vocabulary).ToArray();
                double top = row.Max();
                sum += top + Math.Log(row.Sum(value => Math.Exp(value - top))) - row[windows[w][t + 1]];
            }
        }

        return sum / (windows.Count * (length - 1));
    }

    private static CompressionReport Compress(Model model, PassOptions pass, string output) => Compress(model, [pass], output);

    private static CompressionReport Compress(Model model, PassOptions[] passes, string output)
    {
        using var pool = new ComputePool(2);
        return new CompressionRunner(model, new Recipe { Passes = passes, Calibration = Calibration }).Run(output, pool: pool);
    }
}
