using Pare.Compression;
using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

/// <summary>SDQ through the runner: what is stored, read and multiplied, and what is refused.</summary>
public sealed class SdqPassTests
{
    private static string Sample => SharedFiles.InRepository("models", "stories260K");

    private static Recipe Recipe(string step) => Pare.Compression.Recipe.Parse($"passes:\n  - {{ method: sdq, {step} }}\n");

    [Fact]
    public void A_stored_model_has_the_counts_the_numbers_and_the_bits_of_its_format()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        // Rows of 64 and 172 inputs: blocks of 4 divide both.
        var report = new CompressionRunner(model, Recipe("pattern: '3:4', outliers: '1:4'")).Run(temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        var type = ElementTypes.Parse("2:4-fp4+1:4-int8");
        foreach (var site in model.Graph.Sites)
        {
            var (given, stored) = (model.GetWeight(site.Weight).ToArray(), small.GetWeight(site.Weight));
            Assert.Equal(type, stored.Type);
            var bytes = type.RowBytes(site.Columns);
            Assert.Equal(bytes * site.Rows, stored.ByteLength);
            Assert.Equal(8.0 * bytes / site.Columns, report.Parameters.Single(parameter => parameter.Name == site.Name + ".weight").BitsPerWeight, 1e-12);
            var decoded = stored.ToArray();
            for (var row = 0; row < site.Rows; row++) CheckRow(given.AsSpan(row * site.Columns, site.Columns), decoded.AsSpan(row * site.Columns, site.Columns));
        }

        Assert.Equal(ElementType.F32, small.GetWeight(new ParameterId(ParameterRole.TokenEmbedding)).Type);
    }

    // Kept are the three largest of four; the largest is rounded to int8 and the others to fp4, with scales of their own.
    private static void CheckRow(ReadOnlySpan<float> given, ReadOnlySpan<float> decoded)
    {
        var (inliers, outliers) = (new float[given.Length], new float[given.Length]);
        for (var first = 0; first < given.Length; first += 4)
        {
            var values = given.Slice(first, 4).ToArray();
            var order = Enumerable.Range(0, 4).OrderByDescending(i => Math.Abs(values[i])).ThenBy(i => i).ToArray();
            outliers[first + order[0]] = values[order[0]];
            inliers[first + order[1]] = values[order[1]];
            inliers[first + order[2]] = values[order[2]];
        }

        VsQuant.Round(inliers, NumberGrid.Of(NumberFormat.Fp4), NumberGrid.Of(NumberFormat.UInt8), fit: true);
        VsQuant.Round(outliers, NumberGrid.Of(NumberFormat.Int8), NumberGrid.Of(NumberFormat.UInt8), fit: true);
        for (var i = 0; i < given.Length; i++) Assert.Equal(inliers[i] + outliers[i], decoded[i]);
    }

    [Fact]
    public void The_same_recipe_gives_the_same_bytes_with_any_number_of_threads_and_every_precision_runs_it()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var recipe = Recipe("pattern: '7:8', outliers: '1:8', outlierMetric: error, sites: ['*.self_attn.*', '*.gate_proj', '*.up_proj']");
        foreach (var threads in (int[])[1, 3])
        {
            using var pool = new ComputePool(threads);
            new CompressionRunner(model, recipe).Run(temporary.File($"out{threads}"), pool: pool);
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(temporary.File("out1"), "model.safetensors")), File.ReadAllBytes(Path.Combine(temporary.File("out3"), "model.safetensors")));
        using var small = Model.Open(temporary.File("out1"));
        var exact = Logits(small, ActivationPrecision.Float32);
        var size = exact.Max(Math.Abs);
        // Eight bits of activations lose little; four bits more, and not everything.
        Assert.InRange(Distance(exact, Logits(small, ActivationPrecision.Int8)) / size, 1e-6, 0.1);
        Assert.InRange(Distance(exact, Logits(small, ActivationPrecision.Matched)) / size, 1e-4, 1);
    }

    // Which weight a row drops says on which side of |w_j| / |w_i| the ratio of two inputs' norms lies; one ratio has to explain all rows.
    [Fact]
    public void Wanda_chooses_by_the_inputs_of_the_calibration_text()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        File.WriteAllText(temporary.File("text.txt"), string.Concat(Enumerable.Repeat("Once upon a time there was a little girl who liked to play with her dog in the garden. ", 200)));
        var text = $"calibration: {{ text: '{temporary.File("text.txt")}', samples: 2, window: 64 }}\npasses:\n  - {{ method: sdq, pattern: '3:4', outliers: '1:4', METRIC sites: '*.q_proj' }}\n";
        new CompressionRunner(model, Pare.Compression.Recipe.Parse(text.Replace("METRIC", "", StringComparison.Ordinal))).Run(temporary.File("magnitude"));
        new CompressionRunner(model, Pare.Compression.Recipe.Parse(text.Replace("METRIC", "metric: wanda,", StringComparison.Ordinal))).Run(temporary.File("wanda"));
        using var magnitude = Model.Open(temporary.File("magnitude"));
        using var wanda = Model.Open(temporary.File("wanda"));
        var id = model.Graph.Sites.First(site => site.Name.EndsWith("q_proj", StringComparison.Ordinal)).Weight;
        var (given, byMagnitude, byWanda) = (model.GetWeight(id).ToArray(), magnitude.GetWeight(id).ToArray(), wanda.GetWeight(id).ToArray());
        var differing = 0;
        var (least, most) = (new double[64, 4], new double[64, 4]);
        for (var i = 0; i < least.Length; i++) most[i / 4, i % 4] = double.PositiveInfinity;
        for (var first = 0; first < given.Length; first += 4)
        {
            var dropped = Enumerable.Range(first, 4).MinBy(i => Math.Abs(given[i]));
            Assert.Equal(0, byMagnitude[dropped]);
            if (byWanda[dropped] != 0) differing++;
            var zeros = Enumerable.Range(first, 4).Where(i => byWanda[i] == 0).ToList();
            // A kept weight may be rounded to zero, too.
            if (zeros.Count != 1) continue;
            foreach (var other in Enumerable.Range(first, 4).Where(i => i != zeros[0]))
            {
                // ‖x‖ of the dropped over ‖x‖ of the other one.
                var bound = Math.Abs((double)given[other] / given[zeros[0]]);
                most[zeros[0] % 64, other % 4] = Math.Min(most[zeros[0] % 64, other % 4], bound);
                least[other % 64, zeros[0] % 4] = Math.Max(least[other % 64, zeros[0] % 4], 1 / bound);
            }
        }

        Assert.InRange(differing, 1, given.Length / 4 - 1);
        for (var i = 0; i < least.Length; i++) Assert.True(least[i / 4, i % 4] <= most[i / 4, i % 4] * (1 + 1e-6), $"inputs {i / 4} and {i / 16 * 4 + i % 4}: from {least[i / 4, i % 4]} to {most[i / 4, i % 4]}");
    }

    [Fact]
    public void Rows_that_blocks_do_not_divide_are_refused_with_what_would_do()
    {
        using var model = Model.Open(Sample);
        var error = Assert.Throws<RecipeException>(() => new CompressionRunner(model, Recipe("pattern: '7:8'")));
        Assert.Contains("blocks of 8 do not divide the 172 input columns of model.layers.0.mlp.down_proj; use 2, 4 for M", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pattern: '9:8'", "passes[0].pattern: expected N:M")]
    [InlineData("pattern: '7:32'", "passes[0].pattern: expected N:M")]
    [InlineData("pattern: '7:8', outliers: '1:4'", "passes[0].outliers: blocks of 4, but the pattern has blocks of 8")]
    [InlineData("pattern: '2:8', outliers: '2:8'", "passes[0].outliers: 2 outliers of 2 kept")]
    [InlineData("inlierFormat: uint8", "passes[0].inlierFormat: 'uint8' is no number format for weights")]
    [InlineData("outlierFormat: fp16", "passes[0].outlierFormat: 'fp16'")]
    [InlineData("metric: error", "passes[0].metric: 'error' only chooses outliers")]
    [InlineData("metric: size", "passes[0].metric: 'size' is no metric")]
    [InlineData("patern: '7:8'", "did you mean 'pattern'")]
    public void Options_that_make_no_sense_are_refused_by_their_place(string step, string expected) =>
        Assert.Contains(expected, Assert.Throws<RecipeException>(() => Recipe(step)).Message, StringComparison.Ordinal);

    [Fact]
    public void Damaged_positions_in_a_model_folder_are_refused_by_file_tensor_and_row()
    {
        using var temporary = new TemporaryFolder();
        using (var model = Model.Open(Sample)) new CompressionRunner(model, Recipe("pattern: '3:4', outliers: '1:4'")).Run(temporary.File("out"));
        var file = Path.Combine(temporary.File("out"), "model.safetensors");
        long offset;
        using (var opened = SafetensorsFile.Open(file))
        {
            var tensor = opened.Tensors["model.layers.2.self_attn.q_proj.weight"];
            unsafe
            {
                offset = (nint)tensor.Data - opened.Tensors.Values.Min(other => (nint)other.Data) + new FileInfo(file).Length - opened.Tensors.Values.Sum(other => other.ByteLength);
            }
        }

        var bytes = File.ReadAllBytes(file);
        // Behind γ and four scales of the first row lie the inliers' positions: two places of four, a nibble a block.
        bytes[offset + 8] = 0;
        File.WriteAllBytes(file, bytes);
        using var damaged = Model.Open(temporary.File("out"));
        var error = Assert.Throws<ModelFormatException>(() => new InferenceEngine(damaged, new EngineOptions { Activations = ActivationPrecision.Int8 }));
        Assert.Contains("model.safetensors", error.File, StringComparison.Ordinal);
        Assert.Contains("model.layers.2.self_attn.q_proj.weight: row 0: the positions of block 0", error.Message, StringComparison.Ordinal);
    }

    private static float[] Logits(Model model, ActivationPrecision activations)
    {
        using var engine = new InferenceEngine(model, new EngineOptions { Activations = activations, Threads = 2 });
        using var cache = engine.CreateCache(16);
        int[] tokens = [1, 403, 407, 261, 378, 52, 68, 77, 99, 120, 300, 5];
        var hidden = new float[tokens.Length * model.Config.HiddenSize];
        engine.Forward(tokens, cache, hidden);
        var logits = new float[tokens.Length * model.Config.VocabularySize];
        engine.Logits(hidden, tokens.Length, logits);
        return logits;
    }

    private static double Distance(float[] left, float[] right) => left.Zip(right, (a, b) => Math.Abs(a - b)).Max();
}
