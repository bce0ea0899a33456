using System.Runtime.InteropServices;
using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

/// <summary>SDQ with errors spread over later columns: held to least squares on the whole of H, to the bytes that are stored, and to the variant that removes first and rounds behind it.</summary>
public sealed unsafe class JointSdqTests
{
    private const int Tokens = 160;
    private static readonly float[] s_fp4 = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6];

    private static string Sample => SharedFiles.InRepository("models", "stories260K");

    private static LinearSite Site(Model model) => model.Graph.SitesOf(2).Single(site => site.Role == ParameterRole.Key);

    /// <summary>Every value is the nearest of its part's grid to what least squares makes of the weight once the columns before it are what they are; a block keeps what SparseGPT's saliency says when its first column is reached.</summary>
    [Fact]
    public void Each_value_is_the_nearest_level_to_the_weight_that_makes_up_for_all_before_it()
    {
        using var model = Model.Open(Sample);
        var site = Site(model);
        Assert.Equal(64, site.Columns);
        var options = new SdqOptions { Format = Format("6:8-fp4+1:8-int8"), Metric = SdqMetric.SparseGpt, OutlierMetric = SdqMetric.Magnitude, Joint = true };
        var (bytes, values, h) = Apply(model, site, options);
        var original = Array.ConvertAll(model.GetWeight(site.Weight).ToArray(), value => (double)value);
        var inverse = Enumerable.Range(0, 64).Select(i => InverseDiagonal(h, i)).ToArray();
        var (size, other, checkedBlocks) = (bytes.Length / site.Rows, 0, 0);
        for (var row = 0; row < site.Rows; row++)
        {
            var stored = bytes.AsSpan(row * size, size);
            // float32 γ and four scales; the inliers' masks (a byte a block) and 48 codes of 4 bits; then γ and four scales of the outliers.
            var (inlierSecond, outlierSecond) = (MemoryMarshal.Read<float>(stored), MemoryMarshal.Read<float>(stored[40..]));
            var before = original.AsSpan(row * 64, 64).ToArray();
            for (var j = 0; j < 64; j++)
            {
                var weights = MadeUp(h, before, values.AsSpan(row * 64, 64), j);
                if (j % 8 == 0)
                {
                    var scores = Enumerable.Range(j, 8).ToDictionary(i => i, i => weights[i] * weights[i] / inverse[i]);
                    var dropped = scores.MinBy(pair => pair.Value).Key;
                    var masks = stored[8 + j / 8];
                    var outlier = Enumerable.Range(j, 8).Where(i => i != dropped).MaxBy(i => Math.Abs(weights[i]));
                    // Next to a tie the last bits decide.
                    if (Gap(scores.Values) < 1e-3 || Gap(Enumerable.Range(j, 8).Where(i => i != dropped).Select(i => -Math.Abs(weights[i]))) < 1e-3) continue;
                    checkedBlocks++;
                    Assert.Equal(0, values[row * 64 + dropped]);
                    for (var i = j; i < j + 8; i++) Assert.Equal(i != dropped && i != outlier, (masks >> i - j & 1) != 0);
                }

                if (values[row * 64 + j] == 0 && (stored[8 + j / 8] >> j % 8 & 1) == 0) continue;
                var isInlier = (stored[8 + j / 8] >> j % 8 & 1) != 0;
                var scale = isInlier ? stored[4 + j / 16] * (double)inlierSecond : stored[44 + j / 16] * (double)outlierSecond;
                var nearest = isInlier ? s_fp4.Min(level => Math.Abs(Math.Abs(weights[j]) - level * scale)) : Enumerable.Range(0, 128).Min(level => Math.Abs(Math.Abs(weights[j]) - level * scale));
                Assert.Equal(nearest, Math.Abs(weights[j] - values[row * 64 + j]), 1e-4 * scale + 1e-6);
                if (nearest > 0) other++;
            }
        }

        Assert.InRange(checkedBlocks, site.Rows * 7, site.Rows * 8);
        Assert.InRange(other, site.Rows * 40, site.Rows * 64);
    }

    [Theory]
    [InlineData("6:8-fp4+1:8-int8", SdqMetric.SparseGpt, SdqMetric.SparseGpt)]
    [InlineData("2:4-fp4+1:4-int8", SdqMetric.Wanda, SdqMetric.Error)]
    [InlineData("11:16-int4+2:16-fp8", SdqMetric.Magnitude, SdqMetric.Magnitude)]
    [InlineData("2:4-int8", SdqMetric.SparseGpt, SdqMetric.Magnitude)]
    public void The_stored_rows_hold_the_chosen_values_with_exact_counts(string name, SdqMetric metric, SdqMetric outlierMetric)
    {
        using var model = Model.Open(Sample);
        var site = Site(model);
        var format = Format(name);
        var (bytes, values, _) = Apply(model, site, new SdqOptions { Format = format, Metric = metric, OutlierMetric = outlierMetric, Joint = true });
        var decoded = new float[site.Columns];
        var size = (int)format.RowBytes(site.Columns);
        Assert.Equal(size * site.Rows, bytes.Length);
        var zeros = 0;
        for (var row = 0; row < site.Rows; row++)
        {
            Assert.Null(SparseRow.Decode(format, bytes.AsSpan(row * size, size), site.Columns, 0, decoded));
            Assert.Equal(values.AsSpan(row * site.Columns, site.Columns).ToArray(), decoded);
            for (var first = 0; first < site.Columns; first += format.Block)
            {
                var removed = decoded.AsSpan(first, format.Block).Count(0f);
                Assert.True(removed >= format.Block - format.Kept);
                zeros += removed;
            }
        }

        // Few of the kept ones round to zero.
        Assert.InRange(zeros / (double)decoded.Length / site.Rows, 1 - (double)format.Kept / format.Block, 1.25 - (double)format.Kept / format.Block);
    }

    /// <summary>Blocks that do not lie in the vectors of 16 and rows that are longer than a run: the same demands, through rows of 172 inputs (blocks of 4) and a run of 128.</summary>
    [Fact]
    public void Long_rows_and_their_last_short_vector_are_stored_as_chosen()
    {
        using var model = Model.Open(Sample);
        var site = model.Graph.SitesOf(2).Single(site => site.Role == ParameterRole.Down);
        Assert.Equal(172, site.Columns);
        var format = Format("2:4-fp4+1:4-int8");
        var (bytes, values, _) = Apply(model, site, new SdqOptions { Format = format, Joint = true });
        var decoded = new float[site.Columns];
        var size = (int)format.RowBytes(site.Columns);
        for (var row = 0; row < site.Rows; row++)
        {
            Assert.Null(SparseRow.Decode(format, bytes.AsSpan(row * size, size), site.Columns, 0, decoded));
            Assert.Equal(values.AsSpan(row * site.Columns, site.Columns).ToArray(), decoded);
        }
    }

    [Theory]
    [InlineData("6:8-fp4+1:8-int8", 0.85)]
    [InlineData("6:8-int3+1:8-int8", 0.9)]
    [InlineData("2:4-fp4+1:4-int8", 0.98)]
    public void Outputs_lose_less_than_by_removing_first_and_rounding_behind_it(string name, double margin)
    {
        using var model = Model.Open(Sample);
        foreach (var site in model.Graph.SitesOf(2).Where(site => site.Columns == 64))
        {
            var options = new SdqOptions { Format = Format(name), Metric = SdqMetric.SparseGpt, OutlierMetric = SdqMetric.Magnitude };
            var (behind, joint) = (Loss(options), Loss(options with { Joint = true }));
            Assert.True(joint < margin * behind, $"{site.Name}: joint {joint}, behind {behind}");

            double Loss(SdqOptions how)
            {
                var (_, values, _) = Apply(model, site, how);
                var before = model.GetWeight(site.Weight).ToArray();
                var x = Inputs(site.Columns);
                double loss = 0;
                for (var row = 0; row < site.Rows; row++)
                {
                    for (var t = 0; t < Tokens; t++)
                    {
                        double y = 0;
                        for (var i = 0; i < site.Columns; i++) y += ((double)values[row * site.Columns + i] - before[row * site.Columns + i]) * x[t * site.Columns + i];
                        loss += y * y;
                    }
                }

                return Math.Sqrt(loss);
            }
        }
    }

    [Fact]
    public void Through_the_runner_the_outputs_lose_less_and_the_report_is_of_what_is_stored()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var calibration = new CalibrationOptions { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 6, Window = 64 };
        var options = new SdqOptions { Format = Format("6:8-fp4+1:8-int8"), Metric = SdqMetric.SparseGpt, OutlierMetric = SdqMetric.SparseGpt, Sites = ["model.layers.0.*"] };
        var behind = new CompressionRunner(model, new Recipe { Passes = [options], Calibration = calibration }).Run(temporary.File("behind"));
        foreach (var threads in (int[])[1, 3])
        {
            using var pool = new ComputePool(threads);
            var joint = new CompressionRunner(model, new Recipe { Passes = [options with { Joint = true }], Calibration = calibration }).Run(temporary.File($"joint{threads}"), pool: pool);
            foreach (var (first, second) in behind.Parameters.Zip(joint.Parameters)) Assert.True(second.OutputError < 0.9 * first.OutputError, $"{first.Name}: joint {second.OutputError}, behind {first.OutputError}");
            using var small = Model.Open(temporary.File($"joint{threads}"));
            foreach (var parameter in joint.Parameters)
            {
                var stored = small.GetWeight(model.Graph.Sites.Single(site => site.Name + ".weight" == parameter.Name).Weight);
                Assert.Equal(options.Format.Type, stored.Type);
                var values = stored.ToArray();
                Assert.Equal((double)values.AsSpan().Count(0f) / values.Length, parameter.Sparsity!.Value, 1e-9);
            }
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(temporary.File("joint1"), "model.safetensors")), File.ReadAllBytes(Path.Combine(temporary.File("joint3"), "model.safetensors")));
    }

    [Fact]
    public void Options_are_read_and_written_and_refused()
    {
        var options = Assert.IsType<SdqOptions>(Recipe.Parse("passes: [{ method: sdq, pattern: '6:8', outliers: '1:8', metric: sparsegpt, joint: true, damping: 0.05, outlierMetric: error }]").Passes[0]);
        Assert.Equal((SdqMetric.SparseGpt, SdqMetric.Error, true, 0.05), (options.Metric, options.OutlierMetric, options.Joint, options.Damping));
        Assert.Equal(options, Recipe.Parse(new Recipe { Passes = [options] }.ToJson().ToJsonString()).Passes[0]);
        var error = Assert.Throws<RecipeException>(() => Recipe.Parse("passes: [{ method: sdq, outliers: '1:8', outlierMetric: sparsegpt }]"));
        Assert.Contains("passes[0].outlierMetric: sparsegpt is known where errors are spread", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_is_no_number_is_refused_by_row_and_site()
    {
        using var model = Model.Open(Sample);
        var error = Assert.Throws<ExportException>(() => Apply(model, Site(model), new SdqOptions { Format = Format("6:8-fp4+1:8-int8"), Joint = true }, weights => weights[3 * 64 + 5] = float.NaN));
        Assert.Contains("storing row 3 of model.layers.2.self_attn.k_proj", error.Message, StringComparison.Ordinal);
    }

    private static SparseFormat Format(string name) => SparseFormat.Of(ElementTypes.Parse(name));

    private static (byte[] Bytes, float[] Values, double[] Damped) Apply(Model model, LinearSite site, SdqOptions options, Action<float[]>? change = null)
    {
        using var pool = new ComputePool(2);
        using var edit = new BlockEdit(model.FindWeight, model.Graph, site.Layer);
        change?.Invoke(edit.Values(site.Weight));
        var statistics = new InputStatistics(site.Columns, StatisticsKinds.SecondMoments);
        fixed (float* values = Inputs(site.Columns)) statistics.Add(pool, values, Tokens);
        statistics.Complete();
        edit.SetStatistics(new Dictionary<SiteInput, InputStatistics> { [site.Input] = statistics });
        new CompensatedSdqPass(options with { Sites = [site.Name] }, model.Graph, "passes[0]").Apply(edit, pool);
        var n = site.Columns;
        var mean = Enumerable.Range(0, n).Average(i => statistics.SquareSums[i]);
        var h = new double[n * n];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++) h[i * n + j] = statistics.Moments[i * n + j] + (i == j ? 0.01 * mean : 0);
        return (edit.Encoded(site.Weight)!, edit.ChangedValues(site.Weight)!, h);
    }

    // Correlated channels of different sizes.
    private static float[] Inputs(int columns)
    {
        var random = new SeededRandom(11);
        var mix = Enumerable.Range(0, columns * 8).Select(_ => random.NextGaussian()).ToArray();
        var x = new float[Tokens * columns];
        for (var t = 0; t < Tokens; t++)
        {
            var common = Enumerable.Range(0, 8).Select(_ => random.NextGaussian()).ToArray();
            for (var c = 0; c < columns; c++) x[t * columns + c] = (float)(random.NextGaussian() + Enumerable.Range(0, 8).Sum(k => mix[c * 8 + k] * common[k]));
        }

        return x;
    }

    // All weights from j on, moved so that (ŵ − w)·H·(ŵ − w)ᵀ is least with the columns before j as chosen.
    private static double[] MadeUp(double[] h, double[] before, ReadOnlySpan<float> chosen, int j)
    {
        var weights = (double[])before.Clone();
        if (j == 0) return weights;
        var n = before.Length;
        var right = new double[n - j];
        for (var i = j; i < n; i++)
            for (var t = 0; t < j; t++) right[i - j] -= h[i * n + t] * (chosen[t] - before[t]);
        var moved = Solve(h, n, j, right);
        for (var i = j; i < n; i++) weights[i] += moved[i - j];
        return weights;
    }

    // [(H[i:, i:])⁻¹]₀₀
    private static double InverseDiagonal(double[] h, int i)
    {
        var right = new double[64 - i];
        right[0] = 1;
        return Solve(h, 64, i, right)[0];
    }

    private static double Gap(IEnumerable<double> values)
    {
        var sorted = values.Order().Take(2).ToArray();
        return (sorted[1] - sorted[0]) / Math.Max(Math.Abs(sorted[1]), 1e-30);
    }

    private static double[] Solve(double[] h, int n, int from, double[] right)
    {
        var m = n - from;
        var a = new double[m, m];
        for (var i = 0; i < m; i++)
            for (var j = 0; j < m; j++) a[i, j] = h[(from + i) * n + from + j];
        var x = (double[])right.Clone();
        for (var k = 0; k < m; k++)
        {
            for (var i = k + 1; i < m; i++)
            {
                var factor = a[i, k] / a[k, k];
                for (var j = k; j < m; j++) a[i, j] -= factor * a[k, j];
                x[i] -= factor * x[k];
            }
        }

        for (var k = m - 1; k >= 0; k--)
        {
            for (var j = k + 1; j < m; j++) x[k] -= a[k, j] * x[j];
            x[k] /= a[k, k];
        }

        return x;
    }
}
