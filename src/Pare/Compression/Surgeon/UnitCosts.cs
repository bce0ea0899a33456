using Pare.Models;

namespace Pare.Compression;

/// <summary>Costs of all weights of a model's sites, or of their blocks of M of which N stay, computed row by row and never kept.</summary>
/// <param name="sites">The sites.</param>
/// <param name="costs">What each site's weights cost.</param>
/// <param name="weights">[rows · columns] of a site.</param>
/// <param name="kept">N; 0 for single weights.</param>
/// <param name="block">M; 1 for single weights.</param>
internal sealed class UnitCosts(IReadOnlyList<LinearSite> sites, IReadOnlyList<SiteCosts> costs, SiteValues weights, int kept, int block)
{
    /// <summary>The sites.</summary>
    public IReadOnlyList<LinearSite> Sites => sites;

    /// <summary>Weights that go where a unit goes.</summary>
    public int WeightsPerUnit => block - kept;

    /// <summary>Units of all sites. Columns behind the last whole block belong to none.</summary>
    public long Count => sites.Sum(site => (long)site.Rows * UnitsPerRow(site));

    /// <summary>Units of a row.</summary>
    public int UnitsPerRow(LinearSite site) => site.Columns / block;

    /// <summary>Costs of a row's units.</summary>
    /// <param name="site">Index of the site.</param>
    /// <param name="row">Row.</param>
    /// <param name="destination">[units of the row].</param>
    public void Row(int site, int row, Span<float> destination)
    {
        var values = weights(sites[site]).Slice(row * sites[site].Columns, sites[site].Columns);
        var (rowFactor, columnFactors) = (costs[site].RowFactors[row], costs[site].ColumnFactors);
        Span<float> sorted = stackalloc float[block];
        for (var unit = 0; unit < destination.Length; unit++)
        {
            for (var i = 0; i < block; i++) sorted[i] = Cost(values[unit * block + i], rowFactor, columnFactors[unit * block + i]);
            if (block > 1) sorted.Sort();
            var sum = 0f;
            foreach (var cost in sorted[..WeightsPerUnit]) sum += cost;
            destination[unit] = sum;
        }
    }

    /// <summary>Marks the weights of a row that go, given which units go: the cheapest of each, the first of equals.</summary>
    /// <param name="site">Index of the site.</param>
    /// <param name="row">Row.</param>
    /// <param name="units">[units of the row].</param>
    /// <param name="remove">[columns].</param>
    public void Mark(int site, int row, ReadOnlySpan<bool> units, Span<bool> remove)
    {
        remove.Clear();
        var values = weights(sites[site]).Slice(row * sites[site].Columns, sites[site].Columns);
        var (rowFactor, columnFactors) = (costs[site].RowFactors[row], costs[site].ColumnFactors);
        for (var unit = 0; unit < units.Length; unit++)
        {
            if (!units[unit]) continue;
            for (var count = 0; count < WeightsPerUnit; count++)
            {
                var (best, bestCost) = (-1, float.PositiveInfinity);
                for (var i = unit * block; i < (unit + 1) * block; i++)
                {
                    if (remove[i]) continue;
                    var cost = Cost(values[i], rowFactor, columnFactors[i]);
                    if (best < 0 || cost < bestCost) (best, bestCost) = (i, cost);
                }

                remove[best] = true;
            }
        }
    }

    private static float Cost(float weight, float rowFactor, float columnFactor) => weight * weight * rowFactor * columnFactor;
}
