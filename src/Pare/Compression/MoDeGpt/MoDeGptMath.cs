using Pare.Numerics;

namespace Pare.Compression;

/// <summary>The decompositions of MoDeGPT, over row-major matrices.</summary>
internal static unsafe class MoDeGptMath
{
    /// <summary>Ridge leverage scores, the diagonal of C (C + λ·mean(diag C)·I)⁻¹.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="moments">C, [n, n].</param>
    /// <param name="n">Rows and columns.</param>
    /// <param name="ridge">λ; more where C needs it to be positive definite.</param>
    /// <exception cref="ArithmeticException">C is not finite.</exception>
    public static double[] LeverageScores(ComputePool pool, float* moments, int n, double ridge)
    {
        using var source = Doubles(moments, n);
        using var factor = new NativeBuffer<double>((long)n * n);
        using var inverse = new NativeBuffer<double>((long)n * n);
        double mean = 0;
        for (var i = 0; i < n; i++) mean += source.Pointer[(long)i * n + i] / n;
        var used = DampedCholesky.Factor(pool, source.Pointer, factor.Pointer, n, ridge);
        Cholesky.InvertTransposed(pool, factor.Pointer, inverse.Pointer, n);
        var scores = new double[n];
        for (var i = 0; i < n; i++)
        {
            // Row i of Y holds what makes the diagonal of A⁻¹ = Y Yᵀ; C A⁻¹ = I − λ A⁻¹.
            var row = inverse.Pointer + (long)i * n;
            scores[i] = 1 - used * (mean > 0 ? mean : 1) * RowProducts.Dot(row, row, n);
        }

        return scores;
    }

    /// <summary>W · C[:, S] · C[S, S]⁻¹: the matrix that makes of the inputs S alone what W makes of all, as well as least squares can.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="weights">W, [rows, n].</param>
    /// <param name="moments">C, [n, n].</param>
    /// <param name="n">Inputs.</param>
    /// <param name="kept">S, ascending.</param>
    /// <param name="damping">Share of the mean diagonal that is added to C[S, S] at first.</param>
    /// <returns>[rows, |S|].</returns>
    /// <exception cref="ArithmeticException">C is not finite.</exception>
    public static float[] Nystroem(ComputePool pool, float[] weights, float* moments, int n, int[] kept, double damping)
    {
        var (rows, k) = (weights.Length / n, kept.Length);
        using var part = new NativeBuffer<double>((long)k * k);
        for (var i = 0; i < k; i++)
            for (var j = 0; j < k; j++) part.Pointer[(long)i * k + j] = moments[(long)kept[i] * n + kept[j]];
        using var factor = new NativeBuffer<double>((long)k * k);
        DampedCholesky.Factor(pool, part.Pointer, factor.Pointer, k, damping);
        using var columns = new NativeBuffer<double>((long)k * n);
        for (var i = 0; i < k; i++)
            for (var j = 0; j < n; j++) columns.Pointer[(long)i * n + j] = moments[(long)kept[i] * n + j];
        var result = new float[checked(rows * k)];
        fixed (float* w = weights, y = result) pool.For(rows, new SolveRow(w, n, columns.Pointer, factor.Pointer, k, y));
        return result;
    }

    /// <summary>Σ y yᵀ of y = W x + b over tokens, for some rows of W.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="weights">W, [rows, n].</param>
    /// <param name="bias">b, [rows], or empty.</param>
    /// <param name="moments">Σ x xᵀ, [n, n].</param>
    /// <param name="sums">Σ x, [n].</param>
    /// <param name="tokens">Tokens.</param>
    /// <returns>[rows, rows].</returns>
    public static double[] OutputMoments(ComputePool pool, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, float* moments, ReadOnlySpan<double> sums, long tokens)
    {
        var n = sums.Length;
        var rows = weights.Length / n;
        using var products = new NativeBuffer<float>((long)rows * n);
        var result = new double[rows * rows];
        var means = new double[rows];
        fixed (float* w = weights)
        {
            Gemm.Multiply(pool, false, false, rows, n, n, 1, w, n, moments, n, 0, products.Pointer, n);
            for (var i = 0; i < rows; i++)
            {
                for (var c = 0; c < n; c++) means[i] += w[(long)i * n + c] * sums[c];
                for (var j = 0; j < rows; j++)
                {
                    var sum = 0.0;
                    float* a = products.Pointer + (long)i * n, b = w + (long)j * n;
                    for (var c = 0; c < n; c++) sum += (double)a[c] * b[c];
                    result[i * rows + j] = sum;
                }
            }
        }

        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < rows && !bias.IsEmpty; j++) result[i * rows + j] += means[i] * bias[j] + bias[i] * means[j] + (double)tokens * bias[i] * bias[j];
        }

        // Rounding leaves the halves a little apart.
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < i; j++) result[i * rows + j] = result[j * rows + i] = (result[i * rows + j] + result[j * rows + i]) / 2;
        return result;
    }

    /// <summary>The k directions of a head's values that its output projections hear most: v ≈ Back · Into · v, such that E‖O v − O Back Into v‖² is least.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="values">Σ v vᵀ, [d, d].</param>
    /// <param name="readers">Σ Oᵀ O over the output projections that read v, [d, d].</param>
    /// <param name="d">Channels of v.</param>
    /// <param name="k">Directions.</param>
    /// <param name="damping">Share of the mean diagonal that is added to the values' moments at first.</param>
    /// <returns>Into [k, d] and Back [d, k].</returns>
    /// <exception cref="ArithmeticException">A matrix is not finite.</exception>
    public static (double[] Into, double[] Back) ValueDirections(ComputePool pool, double[] values, double[] readers, int d, int k, double damping)
    {
        // With G = L Lᵀ and v = L u the u have moments I, so the best are the leading eigenvectors R of Lᵀ (Σ Oᵀ O) L: Into = Rᵀ L⁻¹, Back = L R.
        var (lower, heard) = (new double[d * d], new double[d * d]);
        fixed (double* g = values, l = lower) DampedCholesky.Factor(pool, g, l, d, damping);
        for (var i = 0; i < d; i++)
            for (var j = i + 1; j < d; j++) lower[i * d + j] = 0;
        var product = Multiply(readers, lower, d, d, d);
        for (var i = 0; i < d; i++)
            for (var j = 0; j < d; j++)
                for (var t = i; t < d; t++) heard[i * d + j] += lower[t * d + i] * product[t * d + j];
        var powers = new double[d];
        fixed (double* h = heard, p = powers) SymmetricEigen.Decompose(pool, h, p, d);
        var (into, back) = (new double[k * d], new double[d * k]);
        for (var direction = 0; direction < k; direction++)
        {
            var r = heard.AsSpan(direction * d, d);
            for (var i = 0; i < d; i++)
                for (var t = 0; t <= i; t++) back[i * k + direction] += lower[i * d + t] * r[t];
            // Rᵀ L⁻¹ is the solution x of xᵀ L = rᵀ, from the last one on.
            for (var i = d - 1; i >= 0; i--)
            {
                var sum = r[i];
                for (var t = i + 1; t < d; t++) sum -= into[direction * d + t] * lower[t * d + i];
                into[direction * d + i] = sum / lower[i * d + i];
            }
        }

        return (into, back);
    }

    /// <summary>A · B.</summary>
    /// <param name="a">[rows, inner].</param>
    /// <param name="b">[inner, columns].</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="inner">Columns of A.</param>
    /// <param name="columns">Columns of B.</param>
    public static double[] Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int rows, int inner, int columns)
    {
        var result = new double[rows * columns];
        for (var i = 0; i < rows; i++)
            for (var t = 0; t < inner; t++)
                for (var j = 0; j < columns; j++) result[i * columns + j] += a[i * inner + t] * b[t * columns + j];
        return result;
    }

    private static NativeBuffer<double> Doubles(float* matrix, int n)
    {
        var result = new NativeBuffer<double>((long)n * n, zeroed: false);
        for (long i = 0; i < (long)n * n; i++) result.Pointer[i] = matrix[i];
        return result;
    }

    private readonly struct SolveRow(float* weights, int n, double* columns, double* factor, int k, float* result) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var x = new double[k];
            var row = new double[n];
            for (var i = 0; i < n; i++) row[i] = weights[(long)part * n + i];
            fixed (double* target = x, w = row)
            {
                for (var i = 0; i < k; i++) target[i] = RowProducts.Dot(w, columns + (long)i * n, n);
                Cholesky.Solve(factor, k, target);
            }

            for (var i = 0; i < k; i++) result[(long)part * k + i] = (float)x[i];
        }
    }
}
