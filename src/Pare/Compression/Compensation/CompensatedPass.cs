using Pare.Calibration;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>A pass that chooses the values of linear sites column by column and makes up for the errors; sites of one input share its factor.</summary>
internal abstract unsafe class CompensatedPass : SitePass
{
    private readonly double _damping;
    private readonly bool _byMoment;

    protected CompensatedPass(ModelGraph graph, IReadOnlyList<string>? patterns, ElementType? format, double damping, bool byMoment, string path)
        : base(graph, patterns, format, path)
    {
        if (damping is not (>= 0 and <= 1)) throw new RecipeException($"{path}.damping", $"expected a share of the mean diagonal from 0 to 1, found {damping}");
        _damping = damping;
        _byMoment = byMoment;
    }

    public sealed override StatisticsKinds Needs => StatisticsKinds.SecondMoments;

    protected sealed override void Apply(IEnumerable<LinearSite> sites, BlockEdit block, ComputePool pool)
    {
        foreach (var group in sites.GroupBy(site => site.Input))
        {
            var statistics = block.Statistics(group.Key);
            using var factor = Factor(pool, statistics, group.First());
            foreach (var site in group) Apply(site, block, pool, statistics, factor);
        }
    }

    /// <summary>Chooses all values of one site.</summary>
    /// <param name="site">The site.</param>
    /// <param name="weights">[rows, columns], columns in the order of the factor; replaced by the chosen values.</param>
    /// <param name="factor">The factor of its input.</param>
    /// <param name="block">The block, for a pass that encodes the site itself.</param>
    /// <param name="pool">The threads.</param>
    protected abstract void Choose(LinearSite site, float* weights, InverseFactor factor, BlockEdit block, ComputePool pool);

    private InverseFactor Factor(ComputePool pool, InputStatistics statistics, LinearSite site)
    {
        try
        {
            return new InverseFactor(pool, statistics, _damping, _byMoment);
        }
        catch (ArithmeticException exception)
        {
            throw new CalibrationException($"the inputs of {site.Name}: {exception.Message}; calibrate on more or other text", exception);
        }
    }

    private void Apply(LinearSite site, BlockEdit block, ComputePool pool, InputStatistics statistics, InverseFactor factor)
    {
        var values = block.Values(site.Weight);
        var before = (float[])values.Clone();
        if (!_byMoment)
        {
            fixed (float* weights = values)
            {
                ClearDead(weights, site, factor);
                Choose(site, weights, factor, block, pool);
            }
        }
        else
        {
            using var ordered = new NativeBuffer<float>(values.Length, zeroed: false);
            Permute(values, ordered.Pointer, site, factor.Order, back: false);
            ClearDead(ordered.Pointer, site, factor);
            Choose(site, ordered.Pointer, factor, block, pool);
            Permute(values, ordered.Pointer, site, factor.Order, back: true);
        }

        // What the pass encoded itself, it also left as the values.
        var stored = block.Encoded(site.Weight) is null ? Stored(pool, site, values) : values;
        block.Report(site.Weight, new SiteOutcome(Zeros(stored), OutputError.Relative(pool, statistics, before, stored, site.Rows), factor.Damping, factor.Damping > _damping));
    }

    // A column without input multiplies zeros whatever it holds.
    private static void ClearDead(float* weights, LinearSite site, InverseFactor factor)
    {
        for (var column = 0; column < site.Columns; column++)
        {
            if (!factor.Dead[column]) continue;
            for (var row = 0; row < site.Rows; row++) weights[(long)row * site.Columns + column] = 0;
        }
    }

    private static void Permute(float[] values, float* ordered, LinearSite site, ReadOnlySpan<int> order, bool back)
    {
        for (var row = 0; row < site.Rows; row++)
        {
            var own = values.AsSpan(row * site.Columns, site.Columns);
            var other = ordered + (long)row * site.Columns;
            for (var i = 0; i < order.Length; i++)
            {
                if (back) own[order[i]] = other[i];
                else other[i] = own[order[i]];
            }
        }
    }
}
