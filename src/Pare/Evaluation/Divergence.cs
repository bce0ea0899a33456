using System.Diagnostics;
using System.Numerics.Tensors;
using Pare.Numerics;

namespace Pare.Evaluation;

/// <summary>How far two predictions of the next token are apart.</summary>
internal static class Divergence
{
    private const int Block = 1024;

    /// <summary>KL(p ‖ q) = Σ pᵢ · ((xᵢ − log Z_p) − (yᵢ − log Z_q)) in nats, not below 0; p and q are the softmax of x (reference) and y (model).</summary>
    /// <remarks>Sums run in blocks of 1024 in float32 and over the blocks in float64. Absolute error below 1e-5 for logits up to 100 in size.</remarks>
    public static double KullbackLeibler(ReadOnlySpan<float> reference, double referenceLogSumExp, ReadOnlySpan<float> model, double modelLogSumExp)
    {
        Debug.Assert(reference.Length == model.Length);
        Span<float> probabilities = stackalloc float[Block];
        Span<float> differences = stackalloc float[Block];
        double sum = 0;
        double mass = 0;
        for (var start = 0; start < reference.Length; start += Block)
        {
            var count = Math.Min(Block, reference.Length - start);
            var p = probabilities[..count];
            var d = differences[..count];
            TensorPrimitives.Subtract(reference.Slice(start, count), (float)referenceLogSumExp, p);
            VectorMath.Exp(p, p);
            TensorPrimitives.Subtract(reference.Slice(start, count), model.Slice(start, count), d);
            sum += VectorMath.Dot(p, d);
            mass += VectorMath.Moments(p).Sum;
        }

        // The rounding of log Z_p to float32 scales all pᵢ alike; dividing by their sum takes it out again.
        return Math.Max(0, sum / mass - (referenceLogSumExp - modelLogSumExp));
    }
}
