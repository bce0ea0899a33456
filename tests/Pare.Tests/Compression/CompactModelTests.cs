using System.Text.Json.Nodes;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.Tests.Training.Definition;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

/// <summary>Matrices of which only some rows and columns are stored and run.</summary>
public sealed class CompactModelTests
{
    // gpt2 stores transposed and fused matrices, phi3 fused ones, opt has biases.
    [Theory]
    [InlineData("llama-tied-bias", "uneven")]
    [InlineData("gpt2", "uniform")]
    [InlineData("phi3", "missing")]
    [InlineData("opt", "uniform")]
    public void A_compact_model_is_read_and_run_as_the_one_with_zeros(string name, string layers)
    {
        using var temporary = new TemporaryFolder();
        using var model = SmallModels.Create(name, layers);
        using var pool = new ComputePool(2);
        var masked = model.Graph.Parameters.ToDictionary(p => p.Id, p => model.GetWeight(p.Id).ToArray());
        var random = new SeededRandom(3);
        var maps = new Dictionary<ParameterId, CompactMap>();
        foreach (var site in model.Graph.Sites)
        {
            // One site in four stays whole.
            if (random.NextInt(4) == 0) continue;
            var map = new CompactMap(Some(site.Rows, random), Some(site.Columns, random));
            maps.Add(site.Weight, map);
            var values = masked[site.Weight];
            for (var i = 0; i < values.Length; i++)
                if (Array.IndexOf(map.Rows, i / site.Columns) < 0 || Array.IndexOf(map.Columns, i % site.Columns) < 0) values[i] = 0;
        }

        var outgoing = new OutgoingModel(model.Config, Source, source => source.Type);
        ModelFolderWriter.Write(temporary.File("out"), outgoing, () => { }, null, pool, null, default);
        using var found = Model.Open(temporary.File("out"));
        foreach (var parameter in model.Graph.Parameters) Assert.Equal(masked[parameter.Id], found.GetWeight(parameter.Id).ToArray());
        Assert.Equal(found.WeightBytes, outgoing.Shares().Sum(share => share.Bytes));
        Assert.Equal(model.WeightBytes - maps.Sum(entry => sizeof(float) * (model.Graph.Get(entry.Key).Count - (long)entry.Value.Rows.Length * entry.Value.Columns.Length)), found.WeightBytes);

        var tokens = SmallModels.Tokens(model, sequences: 1, length: 20);
        var expected = new DoubleModel(model.Config, masked.ToDictionary(entry => entry.Key, entry => Array.ConvertAll(entry.Value, v => (double)v))).Logits(new Tape(), tokens).Value;
        // At once, and token by token; with int8 activations where a format has blocks, which none has here.
        foreach (var step in (int[])[20, 1])
        {
            using var engine = new InferenceEngine(found, new EngineOptions { Threads = 2, Activations = step == 1 ? ActivationPrecision.Int8 : ActivationPrecision.Float32 });
            using var cache = engine.CreateCache(20);
            var (hidden, logits) = (new float[step * engine.Config.HiddenSize], new float[step * engine.Config.VocabularySize]);
            var all = new List<double>();
            for (var at = 0; at < 20; at += step)
            {
                engine.Forward(tokens[0].AsSpan(at, step).ToArray(), cache, hidden);
                engine.Logits(hidden, step, logits);
                all.AddRange(logits.Select(value => (double)value));
            }

            Assert.InRange(DoubleGradients.Difference([.. all], expected), 0, 1e-5);
        }

        WeightSource Source(ParameterId id)
        {
            if (!maps.TryGetValue(id, out var map)) return new StoredWeight(model.GetWeight(id));
            var (parameter, values) = (model.Graph.Get(id), masked[id]);
            float[] part = [.. map.Rows.SelectMany(row => map.Columns.Select(column => values[row * parameter.Columns + column]))];
            return new CompactWeight(parameter, new EditedWeight(parameter with { Rows = map.Rows.Length, Columns = map.Columns.Length }, part), map);
        }
    }

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.Q8_0)]
    public void The_surgeons_compact_output_is_its_masked_one_and_smaller(ElementType format)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        var options = new SurgeonOptions
        {
            Sparsity = 0.4,
            Calibration = SharedFiles.InRepository("models", "stories.txt"),
            CalibrationTokens = 1024,
            Window = 128,
            Shots = 1,
            InputDamping = 0.1,
            Format = format,
        };
        var compact = new CompressionRunner(model, new Recipe { Passes = [options] }).Run(temporary.File("compact"));
        var masked = new CompressionRunner(model, new Recipe { Passes = [options with { Compact = false }] }).Run(temporary.File("masked"));
        using var small = Model.Open(temporary.File("compact"));
        using var large = Model.Open(temporary.File("masked"));
        Assert.Equal(small.WeightBytes, compact.WeightBytes);
        if (format != ElementType.Q8_0)
        {
            foreach (var site in model.Graph.Sites) Assert.Equal(large.GetWeight(site.Weight).ToArray(), small.GetWeight(site.Weight).ToArray());
            // Four tenths of the sites' bytes go, but for matrices that lost next to nothing.
            var sites = model.Graph.Sites.Sum(site => site.WeightCount);
            Assert.InRange(masked.WeightBytes - compact.WeightBytes, (0.4 - 0.02) * sites * format.BlockBytes(), (0.4 + 0.001) * sites * format.BlockBytes());
            Assert.InRange(Forward.Difference(Forward.Logits(large), Forward.Logits(small)), 0, 1e-5);
            return;
        }

        // Blocks of 32 columns hold others: the models differ by their rounding.
        Assert.True(compact.WeightBytes < 0.9 * masked.WeightBytes);
        Assert.InRange(Forward.Difference(Forward.Logits(large), Forward.Logits(small)), 0, 0.03);
        Assert.Contains(model.Graph.Sites, site => small.GetWeight(site.Weight).Compact is not null && small.GetWeight(site.Weight).Type == ElementType.Q8_0);
    }

    [Fact]
    public void Damaged_indices_are_refused()
    {
        using var temporary = new TemporaryFolder();
        using var model = SmallModels.Create("llama");
        using var pool = new ComputePool(1);
        var site = model.Graph.Sites[0];
        Assert.Contains("ascending", Damage([0, 2, 2], [0, 1]), StringComparison.Ordinal);
        Assert.Contains("ascending", Damage([-1, 2, 3], [0, 1]), StringComparison.Ordinal);
        Assert.Contains("column 24", Damage([0, 2, 3], [0, 24]), StringComparison.Ordinal);
        Assert.Contains("belong to the matrix", Damage([0, 2, 3], [0]), StringComparison.Ordinal);
        var provenance = JsonNode.Parse(File.ReadAllText(temporary.File("out/pare.json")))!.AsObject();
        provenance[CompactTensors.Key] = new JsonArray("model.embed_tokens.weight");
        File.WriteAllText(temporary.File("out/pare.json"), provenance.ToJsonString());
        Assert.Contains("indices of a compact matrix are missing", Assert.Throws<ModelFormatException>(() => Model.Open(temporary.File("out"))).Message, StringComparison.Ordinal);

        string Damage(int[] rows, int[] columns)
        {
            var parameter = model.Graph.Get(site.Weight);
            if (Directory.Exists(temporary.File("out"))) Directory.Delete(temporary.File("out"), recursive: true);
            var inner = new EditedWeight(parameter with { Rows = 3, Columns = 2 }, new float[6]);
            var outgoing = new OutgoingModel(model.Config, id => id == site.Weight ? new CompactWeight(parameter, inner, new CompactMap(rows, columns)) : new StoredWeight(model.GetWeight(id)), source => source.Type);
            ModelFolderWriter.Write(temporary.File("out"), outgoing, () => { }, null, pool, null, default);
            return Assert.Throws<ModelFormatException>(() => Model.Open(temporary.File("out"))).Message;
        }
    }

    private static int[] Some(int count, SeededRandom random)
    {
        int[] chosen = [.. Enumerable.Range(0, count).Where(_ => random.NextInt(3) > 0)];
        return chosen.Length == 0 ? [0] : chosen;
    }
}
