using Pare.Formats.Numbers;
using Pare.Formats.Sparse;

namespace Pare.Compression;

/// <summary>The arithmetic of SDQ over rows.</summary>
public static class SdqMath
{
    /// <summary>Importance by which weights are kept, or outliers chosen.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="format">The format; its inliers' numbers count for <see cref="SdqMetric.Error"/>.</param>
    /// <param name="values">[columns] weights of a row.</param>
    /// <param name="norms">[columns] ‖x‖ of the columns' inputs, for <see cref="SdqMetric.SparseGpt"/> 1 / √[H⁻¹]ⱼⱼ; or empty where they are not known: then all count the same.</param>
    /// <param name="importance">[columns] results.</param>
    public static void Importance(SdqMetric metric, SparseFormat format, ReadOnlySpan<float> values, ReadOnlySpan<float> norms, Span<float> importance)
    {
        ArgumentNullException.ThrowIfNull(format);
        values.CopyTo(importance);
        if (metric == SdqMetric.Error) VsQuant.Round(importance, NumberGrid.Of(format.Inliers.Numbers), NumberGrid.Of(NumberFormat.UInt8));
        for (var i = 0; i < values.Length; i++)
        {
            var size = Math.Abs(metric == SdqMetric.Error ? values[i] - importance[i] : values[i]);
            importance[i] = metric == SdqMetric.Magnitude || norms.IsEmpty ? size : size * norms[i];
        }
    }

    /// <summary>Splits a row into the two tensors whose sum is the kept weights, exactly: each weight is in one of them, or in none.</summary>
    /// <param name="values">[columns] weights.</param>
    /// <param name="marks">[columns] marks of <see cref="SparseSplit"/>.</param>
    /// <param name="inliers">[columns] the inliers, zero elsewhere.</param>
    /// <param name="outliers">[columns] the outliers, zero elsewhere.</param>
    public static void Decompose(ReadOnlySpan<float> values, ReadOnlySpan<byte> marks, Span<float> inliers, Span<float> outliers)
    {
        for (var i = 0; i < values.Length; i++)
        {
            inliers[i] = marks[i] == SparseSplit.Inlier ? values[i] : 0;
            outliers[i] = marks[i] == SparseSplit.Outlier ? values[i] : 0;
        }
    }

    /// <summary>
    /// Throughput against dense F16 by the paper's model of hardware: N:M takes N/M of the time, and b bits on both sides b/16; parts follow each other.
    /// A model, not a measurement.
    /// </summary>
    /// <param name="format">The format; activations have as many bits as the weights that they meet.</param>
    /// <returns>1 / Σ over parts of (N/M) · (b/16).</returns>
    public static double ModelledThroughput(SparseFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        return 1 / format.Parts.Sum(part => part.Kept / (double)format.Block * NumberGrid.Of(part.Numbers).Bits / 16);
    }
}
