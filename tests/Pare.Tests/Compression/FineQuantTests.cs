using Pare.Compression;
using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

public sealed class FineQuantTests
{
    // Two rows of eight.
    private static readonly float[] s_values = [8, -2, 0.5f, 1, 1, 2, -1, 1, -1, 3, 0, 1, 1, 0.5f, -0.5f, 0.5f];

    [Fact]
    public void Mean_ranges_are_those_worked_by_hand()
    {
        Assert.Equal((10 + 4) / 2.0, FineQuantMath.MeanRange(s_values, 8), 1e-12);
        // Of 1, 2, −1, 1 the range is 3, of 1, 0.5, −0.5, 0.5 it is 1.5.
        Assert.Equal((10 + 3 + 4 + 1.5) / 4, FineQuantMath.MeanRange(s_values, 4), 1e-12);
        Assert.Equal((10 + 1 + 2 + 2 + 4 + 1 + 1 + 1) / 8.0, FineQuantMath.MeanRange(s_values, 2), 1e-12);
    }

    // 7, then 4.625 (0.66 of it), then 2.75 (0.59 of that).
    [Theory]
    [InlineData(0.9, 2, 2)]
    [InlineData(0.9, 4, 4)]
    [InlineData(0.6, 2, 8)]
    [InlineData(0.67, 3, 4)]
    public void Groups_are_halved_while_ranges_shrink_enough(double shrink, int least, int expected) => Assert.Equal(expected, FineQuantMath.Group(s_values, 8, shrink, least));

    [Fact]
    public void Matrices_with_outliers_get_finer_groups()
    {
        var random = new SeededRandom(6);
        var even = Enumerable.Range(0, 64 * 512).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var spiky = (float[])even.Clone();
        for (var row = 0; row < 64; row++) spiky[row * 512 + random.NextInt(512)] = 20;
        Assert.Equal(512, FineQuantMath.Group(even, 512, 0.9, 32));
        Assert.Equal(32, FineQuantMath.Group(spiky, 512, 0.9, 32));
    }

    [Fact]
    public void Every_matrix_is_rounded_in_the_groups_that_the_report_names()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        var report = new CompressionRunner(model, new Recipe { Passes = [new FineQuantOptions { Bits = 3, LeastGroup = 16, StoredAs = ElementType.F32 }] }).Run(temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        foreach (var site in model.Graph.Sites)
        {
            var group = report.Parameters.Single(parameter => parameter.Name == site.Name + ".weight").Group!.Value;
            Assert.True(group >= 16 && site.Columns % group == 0);
            var (given, stored) = (model.GetWeight(site.Weight).ToArray(), small.GetWeight(site.Weight).ToArray());
            for (var first = 0; first < given.Length; first += group)
            {
                var grid = AsymmetricGrid.Of(given.AsSpan(first, group), 3);
                for (var i = first; i < first + group; i++) Assert.Equal(grid.Round(given[i]), stored[i]);
            }
        }

        Assert.True(report.Parameters.Where(parameter => parameter.Group is not null).Select(parameter => parameter.Group).Distinct().Count() > 1);
        Assert.Contains("\"group\":", File.ReadAllText(Path.Combine(temporary.File("out"), "pare.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bits: 9", "passes[0].bits: expected 2 to 8 bits")]
    [InlineData("shrink: 1.5", "passes[0].shrink: expected a share")]
    [InlineData("leastGroup: 1", "passes[0].leastGroup: expected at least 2")]
    [InlineData("storedAs: q4_0", "passes[0].storedAs: values of a grid")]
    public void Options_that_make_no_sense_are_refused_by_their_place(string step, string expected) =>
        Assert.Contains(expected, Assert.Throws<RecipeException>(() => Recipe.Parse($"passes: [{{ method: finequant, {step} }}]")).Message, StringComparison.Ordinal);
}
