using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

public sealed unsafe class AwqTests
{
    private const int Tokens = 50;

    private static CalibrationOptions Calibration { get; } = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 6, Window = 64 };

    [Theory]
    [InlineData("pare-llama-5m")]
    [InlineData("pare-opt-5m")]
    [InlineData("stories260K")]
    public void Scaling_alone_keeps_the_function_and_changes_the_weights(string name)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", name));
        Run(model, new AwqOptions { Bits = 4, Group = 32, StoredAs = ElementType.F32, Clip = false, Round = false }, temporary.File("out"));
        using var scaled = Model.Open(temporary.File("out"));
        var id = new ParameterId(ParameterRole.Query, 1);
        Assert.NotEqual(model.GetWeight(id).ToArray(), scaled.GetWeight(id).ToArray());
        Assert.InRange(Forward.Difference(Forward.Logits(model), Forward.Logits(scaled)), 0, 5e-5);
    }

    /// <summary>The definition, with the outputs themselves instead of second moments, in double precision.</summary>
    [Theory]
    [InlineData("AttentionInput", SiteInput.Attention)]
    [InlineData("Neuron", SiteInput.Neurons)]
    [InlineData("Value", SiteInput.AttentionValues)]
    public void The_factors_are_those_of_the_exponent_that_leaves_the_least_error(string place, SiteInput input)
    {
        var kind = Enum.Parse<ScalingKind>(place);
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        using var pool = new ComputePool(2);
        using var edit = new BlockEdit(model.FindWeight, model.Graph, 2);
        var sites = model.Graph.SitesOf(2).Where(site => site.Input == input).ToList();
        var columns = sites[0].Columns;
        var x = Inputs(columns);
        var statistics = new InputStatistics(columns, StatisticsKinds.SecondMoments);
        fixed (float* values = x) statistics.Add(pool, values, Tokens);
        statistics.Complete();
        edit.SetStatistics(new Dictionary<SiteInput, InputStatistics> { [input] = statistics });
        var factors = new AwqSearch(new GroupRounding(null, 3, 16)).Factors(edit, kind, pool);

        var layer = model.Config.Layers[2];
        int Channel(int column) => kind != ScalingKind.Value ? column : column / layer.HeadSize / (layer.Heads / layer.KeyValueHeads) * layer.HeadSize + column % layer.HeadSize;
        var means = new double[factors.Length];
        for (var t = 0; t < Tokens; t++)
            for (var c = 0; c < columns; c++) means[Channel(c)] += Math.Abs((double)x[t * columns + c]) / Tokens * factors.Length / columns;
        var (best, least) = (Array.Empty<double>(), double.PositiveInfinity);
        for (var step = 0; step < 20; step++)
        {
            var powers = means.Select(mean => Math.Pow(mean, step / 20.0)).ToArray();
            var scales = powers.Select(power => power / Math.Sqrt(powers.Max() * powers.Min())).ToArray();
            var error = sites.Sum(site => OutputError(model.GetWeight(site.Weight).ToArray(), site, x, c => scales[Channel(c)]));
            if (error < least) (best, least) = (scales, error);
        }

        for (var i = 0; i < factors.Length; i++) Assert.Equal(best[i], factors[i], 1e-4 * best[i]);
    }

    [Fact]
    public void Clipping_lessens_the_error_of_what_a_group_gives()
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        using var pool = new ComputePool(2);
        var site = model.Graph.SitesOf(1).Single(site => site.Role == ParameterRole.Up);
        var x = Inputs(site.Columns);
        using var statistics = new InputStatistics(site.Columns, StatisticsKinds.SecondMoments);
        fixed (float* values = x) statistics.Add(pool, values, Tokens);
        statistics.Complete();
        var rounding = new GroupRounding(null, 2, site.Columns);
        var before = model.GetWeight(site.Weight).ToArray();
        var clipped = (float[])before.Clone();
        new AwqSearch(rounding).Clip(pool, clipped, site, statistics, null);
        Assert.NotEqual(before, clipped);
        // The group is the row: its error is that of the output.
        for (var row = 0; row < site.Rows; row++)
        {
            var (plain, ends) = (RowError(before, before, row), RowError(before, clipped, row));
            Assert.True(ends <= plain * (1 + 1e-5), $"row {row}: {ends} is above {plain}");
            var largest = Enumerable.Range(0, site.Columns).Max(c => Math.Abs(before[row * site.Columns + c]));
            Assert.All(Enumerable.Range(0, site.Columns), c => Assert.InRange(Math.Abs(clipped[row * site.Columns + c]), 0, largest));
        }

        double RowError(float[] weights, float[] from, int row)
        {
            var rounded = from.AsSpan(row * site.Columns, site.Columns).ToArray();
            var grid = AsymmetricGrid.Of(rounded, 2);
            double error = 0;
            for (var t = 0; t < Tokens; t++)
            {
                double difference = 0;
                for (var c = 0; c < site.Columns; c++) difference += (grid.Round(rounded[c]) - (double)weights[row * site.Columns + c]) * x[t * site.Columns + c];
                error += difference * difference;
            }

            return error;
        }
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(null, ElementType.Q4_0)]
    public void Outputs_lose_less_than_by_rounding_alone(int? bits, ElementType? format)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var options = new AwqOptions { Bits = bits, Format = format };
        var report = Run(model, options, temporary.File("out"));
        var plain = Run(model, options with { Clip = false }, temporary.File("plain"));
        using var small = Model.Open(temporary.File("out"));
        foreach (var site in model.Graph.Sites) Assert.Equal(format ?? ElementType.BF16, small.GetWeight(site.Weight).Type);
        Assert.True(Mean(report) < Mean(plain), $"clipped {Mean(report)}, not clipped {Mean(plain)}");
        // Scales of exponent 0 are rounding to nearest: the search can only do better.
        Assert.True(Mean(plain) < Rounded(model, options), $"scaled {Mean(plain)}, rounded {Rounded(model, options)}");

        static double Mean(CompressionReport report) => report.Parameters.Where(parameter => parameter.OutputError is not null).Average(parameter => parameter.OutputError!.Value);
    }

    // The output error of rounding alone, with inputs of the model as it is.
    private static double Rounded(Model model, AwqOptions options)
    {
        using var pool = new ComputePool(2);
        var rounding = new GroupRounding(options.Format, options.Bits, options.Group);
        var windows = CalibrationText.Read(Calibration, model, 0);
        using var stream = new BlockStream(model.Config, windows, pool, model.FindWeight);
        double errors = 0;
        for (var layer = 0; layer < model.Config.Layers.Count; layer++)
        {
            using var block = new Pare.Runtime.DecoderBlock(model, layer);
            var gatherer = new StatisticsGatherer(pool, Enum.GetValues<SiteInput>().ToDictionary(input => input, _ => StatisticsKinds.SecondMoments));
            stream.Observe(block, layer, gatherer, default);
            gatherer.Complete([]);
            foreach (var site in model.Graph.SitesOf(layer))
            {
                var before = model.GetWeight(site.Weight).ToArray();
                var after = (float[])before.Clone();
                rounding.Round(pool, after, site.Columns);
                errors += Pare.Compression.OutputError.Relative(pool, gatherer.Inputs[site.Input], before, after, site.Rows);
            }

            foreach (var statistics in gatherer.Inputs.Values) statistics.Dispose();
            stream.Advance(block, layer, default);
        }

        return errors / model.Graph.Sites.Count;
    }

    private static CompressionReport Run(Model model, PassOptions pass, string output) =>
        new CompressionRunner(model, new Recipe { Passes = [pass], Calibration = Calibration }).Run(output);

    // Channels of very different sizes.
    private static float[] Inputs(int columns)
    {
        var random = new SeededRandom(7);
        var sizes = Enumerable.Range(0, columns).Select(_ => Math.Exp(1.5 * random.NextGaussian())).ToArray();
        return [.. Enumerable.Range(0, Tokens * columns).Select(i => (float)(sizes[i % columns] * random.NextGaussian()))];
    }

    private static double OutputError(float[] weights, LinearSite site, float[] x, Func<int, double> scale)
    {
        double error = 0;
        var rounded = new double[site.Columns];
        for (var row = 0; row < site.Rows; row++)
        {
            for (var start = 0; start < site.Columns; start += 16)
            {
                var group = Enumerable.Range(start, Math.Min(16, site.Columns - start)).Select(c => (float)(weights[row * site.Columns + c] * scale(c))).ToArray();
                var grid = AsymmetricGrid.Of(group, 3);
                for (var i = 0; i < group.Length; i++) rounded[start + i] = grid.Round(group[i]) / scale(start + i);
            }

            for (var t = 0; t < Tokens; t++)
            {
                double difference = 0;
                for (var c = 0; c < site.Columns; c++) difference += (rounded[c] - weights[row * site.Columns + c]) * x[t * site.Columns + c];
                error += difference * difference;
            }
        }

        return error;
    }
}
