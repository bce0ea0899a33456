using System.Numerics.Tensors;
using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>The searches of AWQ, by the error that rounding leaves in the outputs of the sites on the calibration text: ‖(Ŵ − W)·X‖², from Σ x·xᵀ.</summary>
/// <param name="rounding">How the weights will be rounded.</param>
internal sealed class AwqSearch(GroupRounding rounding)
{
    /// <summary>Exponents tried for the scales, and shares tried for the ends.</summary>
    private const int Steps = 20;

    // A channel without activations must not be divided by.
    private const float LeastMean = 1e-4f;

    /// <summary>How the weights will be rounded.</summary>
    public GroupRounding Rounding => rounding;

    /// <summary>Factors of a place: s = mean|x|^α / √(max s · min s), with the α of 0, 1/20, … 19/20 that leaves the least error in all sites that read the channels.</summary>
    /// <param name="block">The block, with its statistics.</param>
    /// <param name="kind">The place.</param>
    /// <param name="pool">The threads.</param>
    /// <returns>[<see cref="ScalingPlaces.Length"/>] factors.</returns>
    public float[] Factors(BlockEdit block, ScalingKind kind, ComputePool pool)
    {
        var statistics = block.Statistics(ScalingPlaces.InputOf(kind));
        var means = Means(block.Graph, block.Block, kind, statistics);
        var readers = ScalingPlaces.Readers(block.Graph, block.Block, kind).Select(site => (site, Values: block.Values(site.Weight))).ToList();
        var (best, least) = (means, double.PositiveInfinity);
        for (var step = 0; step < Steps; step++)
        {
            var factors = Powers(means, (float)step / Steps);
            var columns = ScalingPlaces.AtReaders(block.Graph, block.Block, kind, factors);
            var error = readers.Sum(reader => Error(pool, reader.Values, reader.site, columns, statistics));
            if (error < least) (best, least) = (factors, error);
        }

        return best;
    }

    /// <summary>Clips each group at the share of its ends, 1 down to a half, that leaves the least error in what the group adds to the output.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="values">[rows, columns], scaled; changed in place.</param>
    /// <param name="site">The site.</param>
    /// <param name="statistics">Second moments of the input as it was before scaling.</param>
    /// <param name="factors">What the columns were multiplied with, or null.</param>
    public void Clip(ComputePool pool, float[] values, LinearSite site, InputStatistics statistics, float[]? factors) =>
        pool.For(site.Rows, new ClipRows(rounding, values, site.Columns, statistics, factors));

    /// <summary>w[r, c] ← w[r, c] / factors[c].</summary>
    public static void DivideColumns(Span<float> weights, ReadOnlySpan<float> factors)
    {
        for (var at = 0; at < weights.Length; at += factors.Length)
        {
            var row = weights.Slice(at, factors.Length);
            TensorPrimitives.Divide(row, factors, row);
        }
    }

    private double Error(ComputePool pool, float[] values, LinearSite site, float[] factors, InputStatistics statistics)
    {
        var rounded = (float[])values.Clone();
        ChannelScalingMath.MultiplyColumns(rounded, factors);
        rounding.Round(pool, rounded, site.Columns);
        DivideColumns(rounded, factors);
        TensorPrimitives.Subtract(rounded, values, rounded);
        return OutputError.Energy(pool, statistics, rounded, site.Rows);
    }

    // Mean |x| of each channel; of values over the query heads that share them.
    private static float[] Means(ModelGraph graph, int index, ScalingKind kind, InputStatistics statistics)
    {
        var sums = statistics.AbsoluteSums;
        var means = new float[ScalingPlaces.Length(graph, index, kind)];
        var layer = graph.Config.Layers[index];
        var shared = kind == ScalingKind.Value ? layer.Heads / layer.KeyValueHeads : 1;
        for (var column = 0; column < sums.Length; column++)
        {
            var channel = ScalingPlaces.ChannelOf(layer, kind, column);
            means[channel] += (float)(sums[column] / statistics.Tokens / shared);
        }

        return means;
    }

    private static float[] Powers(float[] means, float exponent)
    {
        var powers = Array.ConvertAll(means, mean => MathF.Pow(MathF.Max(mean, LeastMean), exponent));
        var middle = MathF.Sqrt(powers.Max() * powers.Min());
        return Array.ConvertAll(powers, power => power / middle);
    }

    private readonly unsafe struct ClipRows(GroupRounding rounding, float[] values, int columns, InputStatistics statistics, float[]? factors) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var length = rounding.Length(columns);
            Span<float> tried = stackalloc float[length], difference = stackalloc float[length];
            for (var start = 0; start < columns; start += length)
            {
                var group = values.AsSpan(part * columns + start, Math.Min(length, columns - start));
                var (share, least) = (1f, double.PositiveInfinity);
                for (var step = 0; step <= Steps / 2; step++)
                {
                    var error = Error(group, start, 1 - (float)step / Steps, tried[..group.Length], difference[..group.Length]);
                    if (error < least) (share, least) = (1 - (float)step / Steps, error);
                }

                if (share < 1) Clamp(group, share, group);
            }
        }

        // Δ · H · Δᵀ of the group, Δ as of the unscaled columns.
        private double Error(ReadOnlySpan<float> group, int start, float share, Span<float> tried, Span<float> difference)
        {
            Clamp(group, share, tried);
            rounding.RoundGroup(tried, columns);
            TensorPrimitives.Subtract(tried, group, difference);
            if (factors is not null) TensorPrimitives.Divide(difference, factors.AsSpan(start, difference.Length), difference);
            double error = 0;
            for (var i = 0; i < difference.Length; i++)
            {
                if (difference[i] == 0) continue;
                var row = new ReadOnlySpan<float>(statistics.Moments + (long)(start + i) * columns + start, difference.Length);
                error += (double)difference[i] * TensorPrimitives.Dot(row, difference);
            }

            return error;
        }

        private static void Clamp(ReadOnlySpan<float> group, float share, Span<float> clamped)
        {
            var (low, high) = (Math.Min(0, TensorPrimitives.Min(group)) * share, Math.Max(0, TensorPrimitives.Max(group)) * share);
            TensorPrimitives.Clamp(group, low, high, clamped);
        }
    }
}
