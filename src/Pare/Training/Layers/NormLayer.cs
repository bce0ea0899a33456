using System.Numerics;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>RMS norm and layer norm over rows, and their derivatives.</summary>
/// <remarks>
/// With r = 1/√(mean(x²) + ε) (or of the variance), x̂ = r·(x − mean), g = dy·(weight + offset):
/// RMS: dx = r·(g − x̂·mean(g·x̂)); layer norm: dx = r·(g − mean(g) − x̂·mean(g·x̂)); dweight = Σ dy·x̂; dbias = Σ dy.
/// Mean, variance and the two means of the derivative are kept in double precision.
/// </remarks>
internal static unsafe class NormLayer
{
    /// <summary>y = norm(x), row by row.</summary>
    /// <param name="work">Threads.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="x">[n, length].</param>
    /// <param name="n">Rows.</param>
    /// <param name="y">[n, length]; may be x.</param>
    public static void Forward(LayerWork work, NormParameters norm, float* x, int n, float* y)
    {
        var weight = work.Floats(LayerWork.PartialSums, norm.Length);
        for (var i = 0; i < norm.Length; i++) weight[i] = norm.Weight[i] + norm.Offset;
        work.Pool.For(ColumnSums.Parts(n), new ForwardRows(norm, weight, x, n, y));
    }

    /// <summary>Adds the gradients of weight and bias, and gives that of x.</summary>
    /// <param name="work">Threads and scratch memory.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="x">[n, length]: what the norm read.</param>
    /// <param name="dy">[n, length].</param>
    /// <param name="n">Rows.</param>
    /// <param name="dx">[n, length]; may be dy where it is not added to.</param>
    /// <param name="accumulate">Whether <paramref name="dx"/> is added to.</param>
    public static void Backward(LayerWork work, NormParameters norm, float* x, float* dy, int n, float* dx, bool accumulate)
    {
        var parts = ColumnSums.Parts(n);
        var partial = work.Floats(LayerWork.PartialSums, (long)parts * norm.Length * 2);
        work.Pool.For(parts, new BackwardRows(norm, x, dy, n, dx, accumulate, partial, partial + (long)parts * norm.Length));
        if (norm.WeightGradient != null) ColumnSums.Combine(partial, parts, norm.Length, norm.WeightGradient);
        if (norm.BiasGradient != null) ColumnSums.Combine(partial + (long)parts * norm.Length, parts, norm.Length, norm.BiasGradient);
    }

    private readonly struct ForwardRows(NormParameters norm, float* weight, float* x, int n, float* y) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var length = norm.Length;
            var weights = new ReadOnlySpan<float>(weight, length);
            var bias = norm.Bias == null ? default : new ReadOnlySpan<float>(norm.Bias, length);
            var end = Math.Min(n, (part + 1) * ColumnSums.RowsPerPart);
            for (var row = part * ColumnSums.RowsPerPart; row < end; row++)
            {
                var source = new ReadOnlySpan<float>(x + (long)row * length, length);
                var target = new Span<float>(y + (long)row * length, length);
                if (norm.Kind == NormKind.RmsNorm) VectorMath.RmsNorm(source, weights, norm.Epsilon, target);
                else VectorMath.LayerNorm(source, weights, bias, norm.Epsilon, target);
            }
        }
    }

    private readonly struct BackwardRows(NormParameters norm, float* x, float* dy, int n, float* dx, bool accumulate, float* weightSums, float* biasSums) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var length = norm.Length;
            var weightSum = weightSums + (long)part * length;
            var biasSum = biasSums + (long)part * length;
            new Span<float>(weightSum, length).Clear();
            new Span<float>(biasSum, length).Clear();
            var end = Math.Min(n, (part + 1) * ColumnSums.RowsPerPart);
            for (var row = part * ColumnSums.RowsPerPart; row < end; row++)
            {
                var at = (long)row * length;
                Row(x + at, dy + at, dx + at, weightSum, biasSum);
            }
        }

        private void Row(float* x, float* dy, float* dx, float* weightSum, float* biasSum)
        {
            var length = norm.Length;
            var (sum, squares) = VectorMath.Moments(new ReadOnlySpan<float>(x, length));
            var center = norm.Kind == NormKind.LayerNorm;
            var mean = center ? sum / length : 0;
            var r = (float)(1 / Math.Sqrt(Math.Max(0, squares / length - mean * mean) + norm.Epsilon));
            var shift = (float)mean;

            // Σ g and Σ g·x̂ in double precision.
            double sumG = 0, sumGX = 0;
            var i = 0;
            var width = Vector<float>.Count;
            if (Vector.IsHardwareAccelerated)
            {
                Vector<double> g0 = default, g1 = default, gx0 = default, gx1 = default;
                var (vr, vs, vo) = (new Vector<float>(r), new Vector<float>(shift), new Vector<float>(norm.Offset));
                for (; i + width <= length; i += width)
                {
                    var g = Vector.Load(dy + i) * (Vector.Load(norm.Weight + i) + vo);
                    var gx = g * ((Vector.Load(x + i) - vs) * vr);
                    Vector.Widen(g, out var low, out var high);
                    g0 += low;
                    g1 += high;
                    Vector.Widen(gx, out low, out high);
                    gx0 += low;
                    gx1 += high;
                }

                sumG = Vector.Sum(g0 + g1);
                sumGX = Vector.Sum(gx0 + gx1);
            }

            for (; i < length; i++)
            {
                var g = dy[i] * (norm.Weight[i] + norm.Offset);
                sumG += g;
                sumGX += (double)g * ((x[i] - shift) * r);
            }

            Apply(x, dy, dx, weightSum, biasSum, r, shift, center ? (float)(sumG / length) : 0, (float)(sumGX / length));
        }

        private void Apply(float* x, float* dy, float* dx, float* weightSum, float* biasSum, float r, float shift, float meanG, float meanGX)
        {
            var length = norm.Length;
            var i = 0;
            var width = Vector<float>.Count;
            if (Vector.IsHardwareAccelerated)
            {
                var (vr, vs, vo, vg, vgx) = (new Vector<float>(r), new Vector<float>(shift), new Vector<float>(norm.Offset), new Vector<float>(meanG), new Vector<float>(meanGX));
                for (; i + width <= length; i += width)
                {
                    var d = Vector.Load(dy + i);
                    var normed = (Vector.Load(x + i) - vs) * vr;
                    (Vector.Load(weightSum + i) + d * normed).Store(weightSum + i);
                    (Vector.Load(biasSum + i) + d).Store(biasSum + i);
                    var gradient = vr * (d * (Vector.Load(norm.Weight + i) + vo) - vg - normed * vgx);
                    if (accumulate) gradient += Vector.Load(dx + i);
                    gradient.Store(dx + i);
                }
            }

            for (; i < length; i++)
            {
                var d = dy[i];
                var normed = (x[i] - shift) * r;
                weightSum[i] += d * normed;
                biasSum[i] += d;
                var gradient = r * (d * (norm.Weight[i] + norm.Offset) - meanG - normed * meanGX);
                dx[i] = accumulate ? dx[i] + gradient : gradient;
            }
        }
    }
}
