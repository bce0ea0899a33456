using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Formats.Tables;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

public sealed unsafe class SqueezeLlmTests
{
    private static string Sample => SharedFiles.InRepository("models", "stories260K");

    private static CalibrationOptions Calibration { get; } = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 64 };

    [Theory]
    [InlineData(4, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 45)]
    [InlineData(4, 300)]
    public void The_kernels_multiply_as_the_decoded_rows_do(int bits, int share)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        new CompressionRunner(model, new Recipe { Passes = [new SqueezeLlmOptions { Format = new TableFormat(bits, share), Importance = ErrorImportance.None }] }).Run(temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        var random = new SeededRandom(2);
        using var pool = new ComputePool(2);
        foreach (var site in model.Graph.SitesOf(1))
        {
            using var linear = new Linear(small.GetWeight(site.Weight), null);
            foreach (var tokens in (int[])[1, 3, 20])
            {
                var x = Enumerable.Range(0, tokens * site.Columns).Select(_ => (float)random.NextGaussian()).ToArray();
                var y = new float[tokens * site.Rows];
                fixed (float* input = x, output = y) linear.Multiply(pool, input, tokens, output);
                var decoded = small.GetWeight(site.Weight).ToArray();
                for (var t = 0; t < tokens; t++)
                {
                    for (var row = 0; row < site.Rows; row++)
                    {
                        double sum = 0, size = 0;
                        for (var c = 0; c < site.Columns; c++)
                        {
                            var product = (double)decoded[row * site.Columns + c] * x[t * site.Columns + c];
                            (sum, size) = (sum + product, size + Math.Abs(product));
                        }

                        // Each of the sums of float32 has at most columns roundings of 2⁻²⁴.
                        Assert.Equal(sum, y[t * site.Rows + row], site.Columns * size / (1 << 24) + 1e-9);
                    }
                }
            }
        }
    }

    /// <summary>The errors count by Σ x² of the column, found here from the inputs of the model as it is; a table that knows that does better than one that does not, and both than a grid of as many levels.</summary>
    [Fact]
    public void Weighted_tables_lose_less_where_inputs_are_large()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var options = new SqueezeLlmOptions { Format = new TableFormat(3), Sites = ["model.layers.0.*"] };
        Run(model, options, temporary.File("weighted"));
        Run(model, options with { Importance = ErrorImportance.None }, temporary.File("plain"));
        using var weighted = Model.Open(temporary.File("weighted"));
        using var plain = Model.Open(temporary.File("plain"));
        using var pool = new ComputePool(2);
        using var stream = new BlockStream(model.Config, CalibrationText.Read(Calibration, model, 0), pool, model.FindWeight);
        using var block = new DecoderBlock(model, 0);
        var gatherer = new StatisticsGatherer(pool, Enum.GetValues<SiteInput>().ToDictionary(input => input, _ => StatisticsKinds.Channels));
        stream.Observe(block, 0, gatherer, default);
        foreach (var site in model.Graph.SitesOf(0))
        {
            var before = model.GetWeight(site.Weight).ToArray();
            var squares = gatherer.Inputs[site.Input].SquareSums.ToArray();
            var rounded = (float[])before.Clone();
            new GroupRounding(null, 3, 0).Round(pool, rounded, site.Columns);
            var (first, second, third) = (Error(weighted.GetWeight(site.Weight).ToArray()), Error(plain.GetWeight(site.Weight).ToArray()), Error(rounded));
            Assert.True(first < second && second < third, $"{site.Name}: weighted {first}, plain {second}, grid {third}");

            double Error(float[] after) => Enumerable.Range(0, before.Length).Sum(i => squares[i % site.Columns] * ((double)after[i] - before[i]) * ((double)after[i] - before[i]));
        }
    }

    [Fact]
    public void A_model_is_stored_counted_run_and_the_same_with_any_number_of_threads()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var options = new SqueezeLlmOptions { Format = new TableFormat(4, 45) };
        foreach (var threads in (int[])[1, 3])
        {
            using var pool = new ComputePool(threads);
            var report = new CompressionRunner(model, new Recipe { Passes = [options], Calibration = Calibration }).Run(temporary.File($"out{threads}"), pool: pool);
            // 16 numbers of 16 bits, 4 bits a weight, and one weight of 32 bits beside the table.
            foreach (var parameter in report.Parameters)
            {
                var site = model.Graph.Sites.Single(site => site.Name + ".weight" == parameter.Name);
                Assert.Equal((256 + 4 * site.Columns + 32) / (double)site.Columns, parameter.BitsPerWeight, 1e-9);
            }
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(temporary.File("out1"), "model.safetensors")), File.ReadAllBytes(Path.Combine(temporary.File("out3"), "model.safetensors")));
        using var small = Model.Open(temporary.File("out1"));
        Run(small, new RoundToNearestOptions { Format = ElementType.F32 }, temporary.File("decoded"));
        using var decoded = Model.Open(temporary.File("decoded"));
        Assert.InRange(Forward.Difference(Forward.Logits(decoded), Forward.Logits(small)), 0, 1e-4);
        Assert.InRange(Forward.Difference(Forward.Logits(model), Forward.Logits(small)), 1e-4, 0.5);
    }

    [Theory]
    [InlineData("bits: 2", "passes[0].bits: expected 3 or 4, found 2")]
    [InlineData("outlierShare: 0.2", "passes[0].outlierShare: expected 0 to 0.1")]
    [InlineData("outlierShare: 0.00005", "passes[0].outlierShare: expected 0 to 0.1 in steps of 0.0001")]
    [InlineData("group: 64", "passes[0].group: unknown key")]
    public void Options_that_make_no_sense_are_refused_by_their_place(string step, string expected) =>
        Assert.Contains(expected, Assert.Throws<RecipeException>(() => Recipe.Parse($"passes: [{{ method: squeezellm, {step} }}]")).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_are_written_as_they_are_read()
    {
        var options = Recipe.Parse("passes: [{ method: squeezellm, bits: 3, outlierShare: 0.0045, importance: none }]").Passes[0];
        Assert.Equal(new SqueezeLlmOptions { Format = new TableFormat(3, 45), Importance = ErrorImportance.None }, options);
        Assert.Equal(options, Recipe.Parse(new Recipe { Passes = [options] }.ToJson().ToJsonString()).Passes[0]);
    }

    private static void Run(Model model, PassOptions pass, string output) => new CompressionRunner(model, new Recipe { Passes = [pass], Calibration = Calibration }).Run(output);
}
