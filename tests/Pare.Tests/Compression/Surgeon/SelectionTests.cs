using Pare.Compression;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Tests.Compression.Surgeon;

public sealed class SelectionTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 4)]
    [InlineData(1, 4)]
    [InlineData(5, 8)]
    public void Exactly_the_cheapest_units_of_all_sites_go(int kept, int block)
    {
        var random = new SeededRandom(9);
        // 18 columns are no whole number of blocks; coarse weights give many equal costs.
        LinearSite[] sites = [RandomProblem.Site(7, 16, name: "a"), RandomProblem.Site(5, 18, name: "b")];
        var weights = sites.ToDictionary(site => site, site => Enumerable.Range(0, (int)site.WeightCount).Select(_ => (float)Math.Round(2 * random.NextGaussian())).ToArray());
        SiteCosts[] costs = [.. sites.Select(site => Costs(site, random))];
        var units = new UnitCosts(sites, costs, site => weights[site], kept, block);
        var all = new List<(int Site, int Row, int Unit, float Cost)>();
        for (var s = 0; s < 2; s++)
        {
            for (var row = 0; row < sites[s].Rows; row++)
            {
                for (var unit = 0; unit < sites[s].Columns / block; unit++)
                {
                    var cheapest = Enumerable.Range(unit * block, block).Select(c => Cost(s, row, c)).Order().Take(block - kept);
                    all.Add((s, row, unit, cheapest.Aggregate(0f, (a, b) => a + b)));
                }
            }
        }

        Assert.Equal(all.Count, units.Count);
        foreach (var count in (int[])[0, 1, all.Count / 3, all.Count / 2, all.Count - 1, all.Count])
        {
            var selection = new UnitSelection(units, count);
            var expected = all.OrderBy(u => u.Cost).ThenBy(u => u.Site).ThenBy(u => u.Row).ThenBy(u => u.Unit).Take(count).ToHashSet();
            for (var s = 0; s < 2; s++)
            {
                var mask = new bool[sites[s].WeightCount];
                foreach (var (_, row, unit, _) in expected.Where(u => u.Site == s))
                {
                    foreach (var column in Enumerable.Range(unit * block, block).OrderBy(c => Cost(s, row, c)).ThenBy(c => c).Take(block - kept))
                        mask[row * sites[s].Columns + column] = true;
                }

                Assert.Equal(mask, selection.Mask(s));
            }
        }

        float Cost(int s, int row, int column)
        {
            var weight = weights[sites[s]][row * sites[s].Columns + column];
            return weight * weight * costs[s].RowFactors[row] * costs[s].ColumnFactors[column];
        }
    }

    [Theory]
    [InlineData(PruningStructure.Rows)]
    [InlineData(PruningStructure.Columns)]
    [InlineData(PruningStructure.RowsColumns)]
    public void Structures_below_one_threshold_go(PruningStructure structure)
    {
        var random = new SeededRandom(10);
        LinearSite[] sites = [RandomProblem.Site(40, 30, name: "a"), RandomProblem.Site(30, 50, name: "b"), RandomProblem.Site(25, 25, name: "c")];
        SiteCosts[] costs = [.. sites.Select(site => Costs(site, random))];
        var total = sites.Sum(site => site.WeightCount);
        foreach (var share in (double[])[0, 0.05, 0.3, 0.7])
        {
            var target = (long)(share * total);
            var selection = new StructureSelection(sites, costs, structure, target, _ => 1, _ => 2);
            // Every threshold that could be meant, by counting zeros in masks.
            var levels = costs.SelectMany(c => c.RowCosts.Concat(c.ColumnCosts)).Append(-1).Order();
            var best = levels.Where(level => Zeros(level) <= target).Max();
            var removed = Enumerable.Range(0, 3).Sum(s => Count(sites[s], selection.Rows[s], selection.Columns[s]));
            Assert.Equal(removed, selection.Removed);
            Assert.InRange(removed, target - 0.001 * total - 50, target);
            for (var s = 0; s < 3; s++)
            {
                var (rows, columns) = Below(s, best);
                // What is below goes; what is missed by more than the tolerance may be made up by others.
                for (var i = 0; i < rows.Length; i++) Assert.True(selection.Rows[s][i] || !rows[i]);
                for (var i = 0; i < columns.Length; i++) Assert.True(selection.Columns[s][i] || !columns[i]);
                Assert.InRange(selection.Rows[s].Count(gone => !gone), 1, sites[s].Rows);
                Assert.InRange(selection.Columns[s].Count(gone => !gone), 2, sites[s].Columns);
                if (structure == PruningStructure.Rows) Assert.DoesNotContain(true, selection.Columns[s]);
                if (structure == PruningStructure.Columns) Assert.DoesNotContain(true, selection.Rows[s]);
            }

            long Zeros(double level) => Enumerable.Range(0, 3).Sum(s => Count(sites[s], Below(s, level).Rows, Below(s, level).Columns));
        }

        (bool[] Rows, bool[] Columns) Below(int s, double level) =>
            (Cheap(costs[s].RowCosts, structure != PruningStructure.Columns, level, 1), Cheap(costs[s].ColumnCosts, structure != PruningStructure.Rows, level, 2));

        static bool[] Cheap(double[] values, bool prunes, double level, int stay)
        {
            var largest = values.Order().Take(values.Length - stay).Last();
            return [.. values.Select(value => prunes && value <= level && value <= largest)];
        }

        static long Count(LinearSite site, bool[] rows, bool[] columns) =>
            Enumerable.Range(0, (int)site.WeightCount).Count(i => rows[i / site.Columns] || columns[i % site.Columns]);
    }

    private static SiteCosts Costs(LinearSite site, SeededRandom random) => new()
    {
        RowFactors = [.. Enumerable.Range(0, site.Rows).Select(_ => (float)Math.Round(4 * random.NextDouble()))],
        ColumnFactors = [.. Enumerable.Range(0, site.Columns).Select(_ => (float)Math.Round(4 * random.NextDouble()))],
        RowCosts = [.. Enumerable.Range(0, site.Rows).Select(_ => random.NextDouble())],
        ColumnCosts = [.. Enumerable.Range(0, site.Columns).Select(_ => random.NextDouble())],
    };
}
