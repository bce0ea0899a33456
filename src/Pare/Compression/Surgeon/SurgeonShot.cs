using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>One shot: costs of everything, one threshold over all sites, and the removal with its update.</summary>
/// <param name="pool">Threads.</param>
/// <param name="options">The options.</param>
/// <param name="sites">The sites that are pruned.</param>
/// <param name="coupled">The dimensions that are cut as a whole, for coupled structures.</param>
/// <param name="factors">Their curvature, of the weights as they are.</param>
/// <param name="weights">Weights [rows · columns] of a site, changed in place.</param>
/// <param name="biases">Bias [rows] of a site, or empty.</param>
internal sealed class SurgeonShot(
    ComputePool pool, SurgeonOptions options, IReadOnlyList<LinearSite> sites, IReadOnlyList<CoupledDimension> coupled, CurvatureFactors factors, SiteValues weights, SiteValues biases)
{
    /// <summary>Prunes to a share of zeros.</summary>
    /// <param name="sparsity">Share of the sites' weights, from 0 to below 1.</param>
    /// <param name="damping">Factor of both λ.</param>
    /// <param name="cancellation">Stops between two sites; the weights are then partly pruned.</param>
    /// <returns>What became of the sites.</returns>
    /// <exception cref="RecipeException">Structures cannot reach so many weights.</exception>
    public ShotResult Run(double sparsity, double damping, CancellationToken cancellation)
    {
        var total = sites.Sum(site => site.WeightCount);
        var target = (long)Math.Round(sparsity * total);
        var reachable = Reachable();
        if (target > reachable)
            throw new RecipeException("sparsity", $"{sparsity:R} of the weights cannot be removed under these structures and minimum widths; {Math.Floor(1e4 * reachable / total) / 1e4:R} is the highest that can");
        if (options.Structure == PruningStructure.Coupled) return RunCoupled(target, damping, cancellation);
        var costs = sites.Select(site =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Named(site, () => SurgeonMath.Costs(pool, Problem(site, damping), options.Update, options.DampCosts));
        }).ToList();
        if (options.IsStructured)
        {
            var selection = new StructureSelection(sites, costs, options.Structure, target, MinimumRows, MinimumColumns);
            for (var i = 0; i < sites.Count; i++) Update(sites[i], selection.Rows[i], selection.Columns[i], damping, cancellation);
            return Result(selection.Threshold, damping);
        }

        var (kept, block) = options.Structure == PruningStructure.Blocks ? (options.BlockKept, options.BlockSize) : (0, 1);
        var units = new UnitCosts(sites, costs, weights, kept, block);
        var chosen = new UnitSelection(units, Math.Min(units.Count, (long)Math.Round((double)target / units.WeightsPerUnit)));
        // A site's mask is found before its weights move: its costs are of the weights as they were.
        for (var i = 0; i < sites.Count; i++) Update(sites[i], chosen.Mask(i), damping, cancellation);
        return Result(chosen.Threshold, damping);
    }

    private ShotResult RunCoupled(long target, double damping, CancellationToken cancellation)
    {
        var costs = coupled.Select(dimension =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Named(dimension.Reader, () => SurgeonMath.GroupCosts(pool, Problem(dimension.Reader, damping), dimension.ReaderWidth, options.Update));
        }).ToList();
        var selection = new CoupledSelection(coupled, costs, target, sites.Sum(site => site.WeightCount), MinimumUnits);
        for (var i = 0; i < coupled.Count; i++)
        {
            var (dimension, units) = (coupled[i], selection.Units[i]);
            // The reader's other columns make up for what it no longer gets; the writers' rows then do nothing, and just go.
            bool[] columns = [.. Enumerable.Range(0, dimension.Reader.Columns).Select(column => units[column / dimension.ReaderWidth])];
            Update(dimension.Reader, new bool[dimension.Reader.Rows], columns, damping, cancellation);
            foreach (var (site, width) in dimension.Writers)
            {
                for (var row = 0; row < site.Rows; row++)
                {
                    if (!units[row / width]) continue;
                    weights(site).Slice(row * site.Columns, site.Columns).Clear();
                    if (site.HasBias) biases(site)[row] = 0;
                }
            }
        }

        return Result(selection.Threshold, damping);
    }

    private int MinimumUnits(CoupledDimension dimension) => Math.Max(1, (int)Math.Ceiling(options.MinimumWidth * dimension.Dimension.Units));

    private int MinimumRows(LinearSite site) => Math.Max(1, (int)Math.Ceiling(options.MinimumWidth * site.Rows));

    private int MinimumColumns(LinearSite site) => Math.Max(1, (int)Math.Ceiling(options.MinimumWidth * site.Columns));

    private long Reachable() => options.Structure == PruningStructure.Coupled
        ? coupled.Sum(dimension => (dimension.Dimension.Units - MinimumUnits(dimension)) * dimension.WeightsPerUnit)
        : sites.Sum(site => options.Structure switch
    {
        PruningStructure.Elements => site.WeightCount,
        PruningStructure.Blocks => (long)site.Rows * (site.Columns / options.BlockSize) * (options.BlockSize - options.BlockKept),
        PruningStructure.Rows => StructureSelection.Weights(site, site.Rows - MinimumRows(site), 0),
        PruningStructure.Columns => StructureSelection.Weights(site, 0, site.Columns - MinimumColumns(site)),
        _ => StructureSelection.Weights(site, site.Rows - MinimumRows(site), site.Columns - MinimumColumns(site)),
    });

    private SiteProblem Problem(LinearSite site, double damping) =>
        SiteProblem.Of(site, weights(site), biases(site), factors, damping * options.EffectiveInputDamping, damping * options.EffectiveOutputDamping);

    private static T Named<T>(LinearSite site, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ArithmeticException e)
        {
            throw new CurvatureException($"the curvature of {site.Name} cannot be inverted ({e.Message}); take more calibration text or a larger damping, or leave the site out by sites", e);
        }
    }

    private void Update(LinearSite site, bool[] rows, bool[] columns, double damping, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var problem = Problem(site, damping);
        StructureUpdate.Apply(pool, problem, [.. problem.Rows.Select(row => rows[row])], [.. problem.Columns.Select(column => column < site.Columns && columns[column])], options.Update, options.UpdateScale);
        problem.Store(weights(site), biases(site));
    }

    private void Update(LinearSite site, bool[] mask, double damping, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var problem = Problem(site, damping);
        var width = problem.Columns.Length;
        var live = new bool[problem.Rows.Length * width];
        for (var i = 0; i < problem.Rows.Length; i++)
            for (var j = 0; j < problem.PrunableColumns; j++)
                live[i * width + j] = mask[problem.Rows[i] * site.Columns + problem.Columns[j]];
        ElementUpdate.Apply(pool, problem, live, options.Update, options.MaxCorrelate, options.UpdateScale);
        problem.Store(weights(site), biases(site));
    }

    private ShotResult Result(double threshold, double damping) => new()
    {
        Threshold = threshold,
        Damping = damping,
        Sites = [.. sites.Select(site => SiteWidth.Of(site, weights(site), biases(site)))],
    };
}
