using Pare.Calibration;
using Pare.Compression;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

public sealed unsafe class SiteRatesTests
{
    private const int Rows = 24, Columns = 40, Tokens = 30;

    /// <summary>Outlier-weighed rates by the words of the paper: shares of outliers, stretched to 2λ, moved to the mean.</summary>
    [Fact]
    public void Owl_spares_the_blocks_with_many_outliers()
    {
        using var pool = new ComputePool(1);
        var rates = new OwlRates(0.6, 0.08);
        var shares = new double[4];
        for (var layer = 0; layer < 4; layer++)
        {
            // Two sites of a block, with more and larger outliers from block to block.
            var scores = new List<double>();
            foreach (var role in (ParameterRole[])[ParameterRole.Query, ParameterRole.Up])
            {
                var (weights, x) = (Numbers(layer * 10 + (int)role, Rows * Columns, 1 + 2.5 * layer), Numbers(layer, Tokens * Columns, 1));
                using var statistics = Statistics(pool, x);
                rates.Add(Site(layer, role), weights, statistics, pool);
                for (var i = 0; i < weights.Length; i++)
                {
                    double squares = 0;
                    for (var t = 0; t < Tokens; t++) squares += (double)x[t * Columns + i % Columns] * x[t * Columns + i % Columns];
                    scores.Add(Math.Abs(weights[i]) * Math.Sqrt(squares));
                }
            }

            shares[layer] = scores.Count(score => score > 5 * scores.Average()) / (double)scores.Count;
        }

        var density = shares.Select(share => 2 * 0.08 * (share - shares.Min()) / (shares.Max() - shares.Min())).ToArray();
        Assert.True(shares.Distinct().Count() > 2);
        for (var layer = 0; layer < 4; layer++)
        {
            var expected = 1 - (density[layer] - density.Average() + (1 - 0.6));
            Assert.Equal(expected, rates.Of(Site(layer, ParameterRole.Query)).Rate, 1e-9);
            Assert.Equal(expected, rates.Of(Site(layer, ParameterRole.Up)).Rate, 1e-9);
        }
    }

    /// <summary>With room enough the rates are those of one threshold over all scores, sorted; with little room they stay in it and keep their mean.</summary>
    [Theory]
    [InlineData(0.5, 0.49)]
    [InlineData(0.5, 0.1)]
    [InlineData(0.05, 0.08)]
    public void Sensitivity_removes_what_adds_least_to_the_relative_error(double rate, double spread)
    {
        using var pool = new ComputePool(1);
        var rates = new SensitivityRates(rate, spread);
        var all = new List<(double Score, int Site)>();
        for (var layer = 0; layer < 5; layer++)
        {
            var (weights, x) = (Numbers(layer, Rows * Columns, 1 + layer), Numbers(50 + layer, Tokens * Columns, 3));
            using var statistics = Statistics(pool, x);
            rates.Add(Site(layer, ParameterRole.Query), weights, statistics, pool);
            double energy = 0;
            for (var t = 0; t < Tokens; t++)
            {
                for (var row = 0; row < Rows; row++)
                {
                    double y = 0;
                    for (var c = 0; c < Columns; c++) y += (double)weights[row * Columns + c] * x[t * Columns + c];
                    energy += y * y;
                }
            }

            for (var i = 0; i < weights.Length; i++)
            {
                double squares = 0;
                for (var t = 0; t < Tokens; t++) squares += (double)x[t * Columns + i % Columns] * x[t * Columns + i % Columns];
                all.Add((weights[i] * (double)weights[i] * squares / energy, layer));
            }
        }

        var found = Enumerable.Range(0, 5).Select(layer => rates.Of(Site(layer, ParameterRole.Query)).Rate).ToArray();
        Assert.Equal(rate, found.Average(), 1e-6);
        Assert.All(found, one => Assert.InRange(one, Math.Max(0, rate - spread) - 1e-9, rate + spread + 1e-9));
        Assert.True(found.Distinct().Count() > 1);
        if (spread < 0.4) return;
        var removed = all.OrderBy(entry => entry.Score).Take((int)(rate * all.Count)).ToList();
        // A bin of scores is an eighth of an octave.
        for (var layer = 0; layer < 5; layer++) Assert.Equal(removed.Count(entry => entry.Site == layer) / (double)(Rows * Columns), found[layer], 0.02);
    }

    [Theory]
    [InlineData("magnitude", "owl")]
    [InlineData("wanda", "sensitivity")]
    [InlineData("sparsegpt", "owl")]
    public void Sites_lose_what_they_were_given_and_a_stopped_run_goes_on_with_the_same(string method, string allocation)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var recipe = Recipe.Parse($"passes:\n  - {{ method: {method}, sparsity: 0.5, rates: {allocation}, spread: 0.1 }}\n") with
        {
            Calibration = new CalibrationOptions { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 48 },
        };
        var report = new CompressionRunner(model, recipe).Run(temporary.File("whole"));
        var sparsities = report.Parameters.Select(parameter => parameter.Sparsity!.Value).ToList();
        Assert.InRange(sparsities.Max() - sparsities.Min(), 0.05, 0.21);
        var weights = model.Graph.Sites.Sum(site => site.WeightCount);
        Assert.Equal(0.5, model.Graph.Sites.Sum(site => site.WeightCount * report.Parameters.Single(parameter => parameter.Name == site.Name + ".weight").Sparsity!.Value) / weights, 0.005);
        using (var stop = new CancellationTokenSource())
            Assert.ThrowsAny<OperationCanceledException>(() => new CompressionRunner(model, recipe).Run(temporary.File("out"), progress: new Stopper(stop), cancellation: stop.Token));
        new CompressionRunner(model, recipe).Run(temporary.File("out"));
        Assert.Equal(File.ReadAllBytes(Path.Combine(temporary.File("whole"), "model.safetensors")), File.ReadAllBytes(Path.Combine(temporary.File("out"), "model.safetensors")));
    }

    [Fact]
    public void Rates_do_not_go_with_a_pattern()
    {
        var error = Assert.Throws<RecipeException>(() => Recipe.Parse("passes:\n  - { method: wanda, pattern: '2:4', rates: owl }\n"));
        Assert.Contains("rates go with sparsity", error.Message, StringComparison.Ordinal);
    }

    private static LinearSite Site(int layer, ParameterRole role) => new()
    {
        Name = $"layers.{layer}.{role}",
        Layer = layer,
        Role = role,
        Rows = Rows,
        Columns = Columns,
        HasBias = false,
        Input = role == ParameterRole.Up ? SiteInput.Ffn : SiteInput.Attention,
    };

    private static InputStatistics Statistics(ComputePool pool, float[] x)
    {
        var statistics = new InputStatistics(Columns, StatisticsKinds.SecondMoments);
        fixed (float* values = x) statistics.Add(pool, values, Tokens);
        statistics.Complete();
        return statistics;
    }

    // Normal numbers, one in twenty of them larger.
    private static float[] Numbers(int seed, int count, double outlier)
    {
        var random = new SeededRandom((ulong)(seed + 1));
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextGaussian() * (random.NextDouble() < 0.05 ? outlier : 1)))];
    }

    private sealed class Stopper(CancellationTokenSource stop) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value)
        {
            if (value is { Stage: "store", Block: 3 }) stop.Cancel();
        }
    }
}
