using Pare.Calibration;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Orthonormal directions of the residual stream, the ones of largest variance first.</summary>
/// <param name="Values">[hidden, width]: a direction in each column.</param>
/// <param name="Hidden">Channels of the stream.</param>
/// <param name="Width">Directions that are kept.</param>
/// <param name="Kept">Share of the mean square of the normed stream that lies along them.</param>
internal sealed unsafe record StreamBasis(float[] Values, int Hidden, int Width, double Kept)
{
    // Tokens that are normed and turned at once.
    private const int Chunk = 1024;

    /// <summary>The principal axes of what a norm gives: eigenvectors of Σ n nᵀ over tokens, n = x / √(mean(x²) + ε).</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="stream">[tokens, hidden].</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="hidden">Channels.</param>
    /// <param name="width">Directions to keep.</param>
    /// <param name="epsilon">ε of the norm.</param>
    /// <exception cref="CalibrationException">The stream holds a value that is not finite.</exception>
    public static StreamBasis Of(ComputePool pool, float* stream, long tokens, int hidden, int width, float epsilon)
    {
        using var statistics = new InputStatistics(hidden, StatisticsKinds.SecondMoments);
        using var normed = new NativeBuffer<float>((long)Chunk * hidden, zeroed: false);
        var ones = new float[hidden];
        Array.Fill(ones, 1);
        for (long first = 0; first < tokens; first += Chunk)
        {
            var count = (int)Math.Min(Chunk, tokens - first);
            for (var t = 0; t < count; t++)
                VectorMath.RmsNorm(new ReadOnlySpan<float>(stream + (first + t) * hidden, hidden), ones, epsilon, new Span<float>(normed.Pointer + (long)t * hidden, hidden));
            statistics.Add(pool, normed.Pointer, count);
        }

        statistics.Complete();
        using var moments = new NativeBuffer<double>((long)hidden * hidden, zeroed: false);
        for (long i = 0; i < moments.Length; i++) moments.Pointer[i] = statistics.Moments[i];
        var variances = new double[hidden];
        try
        {
            fixed (double* values = variances) SymmetricEigen.Decompose(pool, moments.Pointer, values, hidden);
        }
        catch (ArithmeticException e)
        {
            throw new CalibrationException($"the residual stream has no principal axes on the calibration text: {e.Message}; check the model with 'pare eval'", e);
        }

        var basis = new float[checked(hidden * width)];
        for (var i = 0; i < width; i++)
            for (var c = 0; c < hidden; c++) basis[c * width + i] = (float)moments.Pointer[(long)i * hidden + c];
        return new StreamBasis(basis, hidden, width, variances.Take(width).Sum() / variances.Sum());
    }

    /// <summary>Replaces every vector of the stream by its part along the kept directions.</summary>
    public void Project(ComputePool pool, float* stream, long tokens)
    {
        if (Width == Hidden) return;
        using var along = new NativeBuffer<float>((long)Chunk * Width, zeroed: false);
        fixed (float* q = Values)
        {
            for (long first = 0; first < tokens; first += Chunk)
            {
                var count = (int)Math.Min(Chunk, tokens - first);
                var rows = stream + first * Hidden;
                Gemm.Multiply(pool, false, false, count, Width, Hidden, 1, rows, Hidden, q, Width, 0, along.Pointer, Width);
                Gemm.Multiply(pool, false, true, count, Hidden, Width, 1, along.Pointer, Width, q, Width, 0, rows, Hidden);
            }
        }
    }

    /// <summary>W · Q: a matrix that reads the stream, in the basis.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="matrix">[rows, hidden].</param>
    /// <param name="scale">Factor of the result.</param>
    /// <returns>[rows, width].</returns>
    public float[] OnInputs(ComputePool pool, float[] matrix, float scale = 1)
    {
        var rows = matrix.Length / Hidden;
        var result = new float[checked(rows * Width)];
        fixed (float* w = matrix, q = Values, y = result) Gemm.Multiply(pool, false, false, rows, Width, Hidden, scale, w, Hidden, q, Width, 0, y, Width);
        return result;
    }

    /// <summary>Qᵀ · W: a matrix that writes into the stream, in the basis.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="matrix">[hidden, columns].</param>
    /// <param name="scale">Factor of the result.</param>
    /// <returns>[width, columns].</returns>
    public float[] OnOutputs(ComputePool pool, float[] matrix, float scale = 1)
    {
        var columns = matrix.Length / Hidden;
        var result = new float[checked(Width * columns)];
        fixed (float* w = matrix, q = Values, y = result) Gemm.Multiply(pool, true, false, Width, columns, Hidden, scale, q, Width, w, columns, 0, y, columns);
        return result;
    }
}
