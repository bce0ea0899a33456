using Pare.Calibration;
using Pare.Compression;
using Pare.TestSupport;

namespace Pare.Tests.Compression.Surgeon;

/// <summary>Whole shots on the small sample model against what the published code was recorded to give from the same windows.</summary>
public sealed class SurgeonReferenceTests
{
    // One percent, where the record's own tolerance is five: float32 sums and near-ties at the threshold. Single weights with updates come out up to 6 % better than recorded:
    // here every group but the last has its full number of weights and starts from what the groups before it left.
    [SharedTheory]
    [InlineData("magnitude", "row+column", 0.1, 1)]
    [InlineData("kobd", "row+column", 0.1, 1)]
    [InlineData("surgeon-T1", "row+column", 0.1, 1)]
    [InlineData("surgeon-T5", "row+column", 0.1, 5)]
    [InlineData("magnitude", "row+column", 0.2, 1)]
    [InlineData("kobd", "row+column", 0.2, 1)]
    [InlineData("surgeon-T1", "row+column", 0.2, 1)]
    [InlineData("surgeon-T5", "row+column", 0.2, 5)]
    [InlineData("kobd", "row+column", 0.3, 1)]
    [InlineData("magnitude", "element", 0.3, 1)]
    [InlineData("kobd", "element", 0.3, 1)]
    [InlineData("surgeon-T1", "element", 0.3, 1)]
    [InlineData("magnitude", "element", 0.5, 1)]
    [InlineData("kobd", "element", 0.5, 1)]
    [InlineData("surgeon-T1", "element", 0.5, 1)]
    [InlineData("surgeon-T5", "element", 0.5, 5)]
    public void The_published_codes_own_choices_give_its_perplexity(string tag, string structure, double target, int shots)
    {
        var record = RecordedStories.Record(tag, structure, target);
        var options = Published(tag, structure, target, shots);
        var (perplexity, result) = Prune(options);
        Assert.InRange(perplexity / (double)record["ppl"]!, structure == "element" && options.Update ? 0.94 : 0.99, 1.01);
        Assert.InRange(result.Sparsity, target - 0.001, target);
        if (structure == "element") return;
        Assert.Equal((double)record["achieved"]!, result.Sparsity, 0.0005);
    }

    [SharedTheory]
    [InlineData("kobd", 0.1, 1)]
    [InlineData("kobd", 0.2, 1)]
    [InlineData("surgeon-T1", 0.1, 1)]
    [InlineData("surgeon-T1", 0.2, 1)]
    public void Widths_are_those_of_the_published_code(string tag, double target, int shots)
    {
        var kept = RecordedStories.Record(tag, "row+column", target)["kept_rows_cols"]!.AsObject();
        var (_, result) = Prune(Published(tag, "row+column", target, shots));
        foreach (var site in result.Sites)
        {
            var expected = kept[site.Name + ".weight"]!;
            Assert.Equal(((int)expected[0]!, (int)expected[1]!), (site.KeptRows, site.KeptColumns));
        }
    }

    // By default damping counts in the costs.
    [SharedTheory]
    [InlineData("surgeon-T1", "row+column", 0.1, 1)]
    [InlineData("surgeon-T5", "row+column", 0.1, 5)]
    [InlineData("surgeon-T1", "row+column", 0.2, 1)]
    [InlineData("surgeon-T5", "row+column", 0.2, 5)]
    public void The_defaults_are_as_good_or_better(string tag, string structure, double target, int shots)
    {
        var options = Published(tag, structure, target, shots) with { DampCosts = true };
        Assert.InRange(Prune(options).Perplexity, 0, 1.02 * (double)RecordedStories.Record(tag, structure, target)["ppl"]!);
    }

    private static SurgeonOptions Published(string tag, string structure, double target, int shots) => new()
    {
        Sparsity = target,
        Calibration = "recorded",
        Structure = structure == "element" ? PruningStructure.Elements : PruningStructure.RowsColumns,
        Shots = shots,
        Curvature = tag == "magnitude" ? CurvatureKind.Identity : CurvatureKind.Independent,
        Update = tag.StartsWith("surgeon", StringComparison.Ordinal),
        InputDamping = 0.01,
        OutputDamping = 0.01,
        DampCosts = false,
        MaxCorrelate = 64,
    };

    private static (double Perplexity, ShotResult Result) Prune(SurgeonOptions options)
    {
        using var stories = new RecordedStories();
        var sites = stories.Trainable.Graph.Sites;
        ShotResult? result = null;
        for (var shot = 1; shot <= options.Shots; shot++)
        {
            using var factors = new CurvatureEstimator(stories.Engine, new CurvatureOptions { Kind = options.Curvature }).Estimate(RecordedStories.Calibration, RecordedStories.Length);
            result = new SurgeonShot(stories.Engine.Pool, options, sites, [], factors, site => stories.Trainable.Values(site.Weight), _ => default).Run(options.Sparsity * shot / options.Shots, damping: 1, default);
        }

        return (stories.Perplexity(), result!);
    }
}
