using Pare.Models;

namespace Pare.Compression;

/// <summary>The cheapest rows and columns of all sites together, such that the weights they hold, each counted once, are as many as wanted.</summary>
/// <remarks>
/// Within a site structures go in the order of their costs; r rows and c columns of [R, C] hold r·C + c·R − r·c weights. Sites compete by the largest cost so far,
/// so one threshold holds for all of them. What then is still missing, less than the next structure in line, is made up by cheaper-to-fit ones behind it where that is more than the tolerance.
/// </remarks>
internal sealed class StructureSelection
{
    /// <summary>Share of all weights by which a selection may fall short.</summary>
    public const double Tolerance = 0.0005;

    private readonly IReadOnlyList<LinearSite> _sites;
    private readonly int[] _removedRows;
    private readonly int[] _removedColumns;

    /// <summary>Chooses.</summary>
    /// <param name="sites">The sites.</param>
    /// <param name="costs">Their costs.</param>
    /// <param name="structure">Rows, columns or both.</param>
    /// <param name="target">Weights to remove.</param>
    /// <param name="minimumRows">Rows that stay, per site.</param>
    /// <param name="minimumColumns">Columns that stay, per site.</param>
    public StructureSelection(IReadOnlyList<LinearSite> sites, IReadOnlyList<SiteCosts> costs, PruningStructure structure, long target, Func<LinearSite, int> minimumRows, Func<LinearSite, int> minimumColumns)
    {
        _sites = sites;
        (_removedRows, _removedColumns) = (new int[sites.Count], new int[sites.Count]);
        Rows = [.. sites.Select(site => new bool[site.Rows])];
        Columns = [.. sites.Select(site => new bool[site.Columns])];
        var entries = new List<Entry>();
        for (var i = 0; i < sites.Count; i++) entries.AddRange(Order(i, sites[i], costs[i], structure, minimumRows(sites[i]), minimumColumns(sites[i])));
        entries.Sort((a, b) => (a.Level, a.Site, a.Position).CompareTo((b.Level, b.Site, b.Position)));
        var next = 0;
        while (next < entries.Count && Removed + Gain(entries[next]) <= target) Take(entries[next++]);
        var total = sites.Sum(site => site.WeightCount);
        for (; next < entries.Count && target - Removed > Tolerance * total; next++)
            if (Removed + Gain(entries[next]) <= target) Take(entries[next]);
    }

    /// <summary>Whether each row of each site goes.</summary>
    public IReadOnlyList<bool[]> Rows { get; }

    /// <summary>Whether each column of each site goes.</summary>
    public IReadOnlyList<bool[]> Columns { get; }

    /// <summary>Weights in what goes.</summary>
    public long Removed { get; private set; }

    /// <summary>The largest cost at which something went.</summary>
    public double Threshold { get; private set; }

    /// <summary>Weights that rows and columns hold together, each counted once.</summary>
    public static long Weights(LinearSite site, long rows, long columns) => rows * site.Columns + columns * site.Rows - rows * columns;

    private static List<Entry> Order(int index, LinearSite site, SiteCosts costs, PruningStructure structure, int minimumRows, int minimumColumns)
    {
        var order = new List<(double Cost, bool IsRow, int Index)>();
        if (structure != PruningStructure.Columns)
            order.AddRange(Cheapest(costs.RowCosts, site.Rows - minimumRows).Select(row => (costs.RowCosts[row], true, row)));
        if (structure != PruningStructure.Rows)
            order.AddRange(Cheapest(costs.ColumnCosts, site.Columns - minimumColumns).Select(column => (costs.ColumnCosts[column], false, column)));
        // LINQ's order is stable: of equals, rows and lower indices first.
        var (result, level) = (new List<Entry>(order.Count), 0.0);
        foreach (var (cost, isRow, at) in order.OrderBy(entry => entry.Cost))
        {
            level = Math.Max(level, cost);
            result.Add(new Entry(level, index, result.Count, isRow, at));
        }

        return result;
    }

    private static IEnumerable<int> Cheapest(double[] costs, int count) =>
        Enumerable.Range(0, costs.Length).OrderBy(i => costs[i]).Take(Math.Max(0, count));

    private long Gain(Entry entry) => entry.IsRow
        ? _sites[entry.Site].Columns - _removedColumns[entry.Site] : _sites[entry.Site].Rows - _removedRows[entry.Site];

    private void Take(Entry entry)
    {
        Removed += Gain(entry);
        (entry.IsRow ? _removedRows : _removedColumns)[entry.Site]++;
        (entry.IsRow ? Rows : Columns)[entry.Site][entry.Index] = true;
        Threshold = Math.Max(Threshold, entry.Level);
    }

    private readonly record struct Entry(double Level, int Site, int Position, bool IsRow, int Index);
}
