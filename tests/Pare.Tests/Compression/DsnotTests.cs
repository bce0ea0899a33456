using Pare.Calibration;
using Pare.Compression;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

public sealed unsafe class DsnotTests
{
    /// <summary>
    /// Worked by hand. Inputs: channels 0 to 3 are always 1 ± 1, 2 ± 1, 1 ± 0.5, 3 ± 1 (means 1, 2, 1, 3; variances 1, 1, 0.25, 1).
    /// Removed are weights 0 (0.5) and 2 (0.4): ε = 0.5 + 0.4 = 0.9. Gains: 0.5 / 1 and 0.4 / 0.25 = 1.6, so weight 2 comes back. Of those that stay, weight 1 (−0.3) has w · E[x] = −0.6, against ε,
    /// and weight 3 (1) has 3, with it: weight 1 goes. ε becomes 0.9 − 0.4 − 0.6 = −0.1, which is small enough.
    /// </summary>
    [Fact]
    public void An_exchange_is_the_one_of_the_paper()
    {
        float[] dense = [0.5f, -0.3f, 0.4f, 1], sparse = [0, -0.3f, 0, 1];
        Refine(dense, sparse, [0, 1, 0.5f, 2, 2, 3, 1.5f, 4], 2, SparsityTarget.Unstructured(0.5));
        Assert.Equal([0, 0, 0.4f, 1], sparse);
    }

    /// <summary>With 1:2, weight 2 would come back, but its block holds only weight 3, which adds in the direction of ε; so weight 0 comes, for weight 1 of its block: ε = 0.9 − 0.5 − 0.6 = −0.2.
    /// Then ε is below 0: weight 1 (−0.6) is the one that would lessen it, and for it weight 0 or 3 (w · E[x] above 0) would have to go; in its block that is weight 0, which would make it 0.9 again: no.</summary>
    [Fact]
    public void With_a_pattern_weights_are_exchanged_within_a_block()
    {
        float[] dense = [0.5f, -0.3f, 0.4f, 1], sparse = [0, -0.3f, 0, 1];
        Refine(dense, sparse, [0, 1, 0.5f, 2, 2, 3, 1.5f, 4], 2, SparsityTarget.Pattern(1, 2));
        Assert.Equal([0.5f, 0, 0, 1], sparse);
    }

    [Theory]
    [InlineData("wanda", "sparsity: 0.6")]
    [InlineData("magnitude", "pattern: '2:4'")]
    public void Counts_stay_and_masks_and_expected_errors_change(string method, string target)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var calibration = new CalibrationOptions { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 64 };
        foreach (var refined in (bool[])[false, true])
        {
            var recipe = Recipe.Parse($"passes:\n  - {{ method: {method}, {target}, format: f32, sites: model.layers.0.mlp.*, dsnot: {(refined ? "true" : "false")} }}\n");
            new CompressionRunner(model, recipe with { Calibration = calibration }).Run(temporary.File(refined ? "refined" : "plain"));
        }

        using var plain = Model.Open(temporary.File("plain"));
        using var other = Model.Open(temporary.File("refined"));
        var changed = 0;
        foreach (var site in model.Graph.SitesOf(0).Where(site => site.Name.Contains("mlp", StringComparison.Ordinal)))
        {
            var (dense, before, after) = (model.GetWeight(site.Weight).ToArray(), plain.GetWeight(site.Weight).ToArray(), other.GetWeight(site.Weight).ToArray());
            for (var row = 0; row < site.Rows; row++)
            {
                var first = before.AsSpan(row * site.Columns, site.Columns);
                var second = after.AsSpan(row * site.Columns, site.Columns);
                Assert.Equal(first.Count(0f), second.Count(0f));
                if (!first.SequenceEqual(second)) changed++;
                for (var i = 0; i < site.Columns; i++) Assert.True(second[i] == 0 || second[i] == dense[row * site.Columns + i]);
            }

            if (method != "magnitude") continue;
            for (var i = 0; i < after.Length; i += 4) Assert.Equal(2, after.AsSpan(i, 4).Count(0f));
        }

        Assert.InRange(changed, 10, 10_000);
    }

    private static void Refine(float[] dense, float[] sparse, float[] x, int tokens, SparsityTarget target)
    {
        using var pool = new ComputePool(1);
        using var statistics = new InputStatistics(dense.Length, StatisticsKinds.Channels);
        fixed (float* values = x) statistics.Add(pool, values, tokens);
        statistics.Complete();
        new DsnotRows(dense, sparse, statistics, target).Execute(0, 0);
    }
}
