using System.Numerics.Tensors;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>Losses of one position and their gradients with respect to the logits.</summary>
/// <remarks>Spans of a position have the vocabulary's length. Values are in nats.</remarks>
internal static class LossMath
{
    /// <summary>Cross-entropy −ln softmax(logits)[target]; gradient ← weight · (softmax − onehot).</summary>
    /// <param name="logits">Logits.</param>
    /// <param name="target">The token that came next.</param>
    /// <param name="weight">Factor of the gradient (not of the value).</param>
    /// <param name="gradient">Gradient, overwritten; may be the logits.</param>
    /// <returns>The cross-entropy.</returns>
    public static double CrossEntropy(ReadOnlySpan<float> logits, int target, float weight, Span<float> gradient)
    {
        var logit = logits[target];
        logits.CopyTo(gradient);
        var logSum = VectorMath.SoftmaxLogSum(gradient, weight);
        gradient[target] -= weight;
        return logSum - logit;
    }

    /// <summary>The distance of a kind; adds weight · its derivative to the gradient.</summary>
    /// <param name="kind">The distance.</param>
    /// <param name="temperature">T.</param>
    /// <param name="student">The student's logits; overwritten with scratch values.</param>
    /// <param name="teacher">The teacher's logits; overwritten with scratch values.</param>
    /// <param name="weight">Factor of the gradient (not of the value).</param>
    /// <param name="gradient">Gradient, added to; overlaps neither.</param>
    /// <returns>The distance.</returns>
    public static double Distill(DistillationKind kind, float temperature, Span<float> student, Span<float> teacher, float weight, Span<float> gradient)
    {
        if (kind == DistillationKind.LogitMse) return LogitMse(student, teacher, weight, gradient);
        LogSoftmax(student, 1 / temperature);
        LogSoftmax(teacher, 1 / temperature);
        var distance = kind switch
        {
            DistillationKind.ForwardKl => ForwardKl(student, teacher, weight * temperature, gradient),
            DistillationKind.ReverseKl => ReverseKl(student, teacher, weight * temperature, gradient),
            _ => JensenShannon(student, teacher, weight * temperature, gradient),
        };
        return distance * temperature * temperature;
    }

    private static double LogitMse(Span<float> student, ReadOnlySpan<float> teacher, float weight, Span<float> gradient)
    {
        TensorPrimitives.Subtract(student, teacher, student);
        VectorMath.Axpy(2 * weight / student.Length, student, gradient);
        double sum = 0;
        foreach (var difference in student) sum += (double)difference * difference;
        return sum / student.Length;
    }

    // x ← ln softmax(factor · x).
    private static void LogSoftmax(Span<float> x, float factor)
    {
        if (factor != 1) VectorMath.Scale(x, factor);
        TensorPrimitives.Subtract(x, (float)VectorMath.LogSumExp(x), x);
    }

    // With a = ln q, b = ln p: value Σ p·(b − a); derivative q − p (per T, once).
    private static double ForwardKl(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float weight, Span<float> gradient)
    {
        double value = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var p = MathF.Exp(b[i]);
            value += (double)p * (b[i] - a[i]);
            gradient[i] += weight * (MathF.Exp(a[i]) - p);
        }

        return value;
    }

    // Value Σ q·(a − b); derivative q·(a − b − value).
    private static double ReverseKl(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float weight, Span<float> gradient)
    {
        double value = 0;
        for (var i = 0; i < a.Length; i++) value += (double)MathF.Exp(a[i]) * (a[i] - b[i]);
        var mean = (float)value;
        for (var i = 0; i < a.Length; i++) gradient[i] += weight * MathF.Exp(a[i]) * (a[i] - b[i] - mean);
        return value;
    }

    // With c = ln m: value ½·Σ p·(b − c) + ½·Σ q·(a − c); derivative ½·q·(a − c − Σ q·(a − c)).
    private static double JensenShannon(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float weight, Span<float> gradient)
    {
        double fromTeacher = 0, fromStudent = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var (q, p) = (MathF.Exp(a[i]), MathF.Exp(b[i]));
            var mixed = LogMean(a[i], b[i]);
            fromTeacher += (double)p * (b[i] - mixed);
            fromStudent += (double)q * (a[i] - mixed);
        }

        var mean = (float)fromStudent;
        for (var i = 0; i < a.Length; i++) gradient[i] += weight / 2 * MathF.Exp(a[i]) * (a[i] - LogMean(a[i], b[i]) - mean);
        return (fromTeacher + fromStudent) / 2;
    }

    // ln((eˣ + eʸ) / 2), without overflow of the larger or loss of the smaller.
    private static float LogMean(float x, float y)
    {
        var larger = Math.Max(x, y);
        return larger + MathF.Log((1 + MathF.Exp(Math.Min(x, y) - larger)) * 0.5f);
    }
}
