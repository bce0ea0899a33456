using System.Numerics.Tensors;

namespace Pare.Search;

/// <summary>ε-insensitive support-vector regression with the kernel exp(−γ‖x − x′‖²): least ½‖w‖² + C Σ max(0, |yᵢ − f(xᵢ)| − ε).</summary>
/// <remarks>
/// The dual, min ½βᵀKβ − yᵀβ + ε‖β‖₁ with Σβ = 0 and |βᵢ| ≤ C, is solved by sequential minimal optimisation (Platt 1998) over the pair that violates the optimality conditions most
/// (Keerthi et al. 2001; Fan, Chen and Lin 2005): each β is the difference of two variables in [0, C].
/// </remarks>
internal sealed class SupportVectorRegression : IPredictor
{
    private const double Tolerance = 1e-3;

    private readonly double[][] _supports;
    private readonly double[] _factors;
    private readonly double _gamma;

    private SupportVectorRegression(double[][] supports, double[] factors, double gamma, double intercept, double c) =>
        (_supports, _factors, _gamma, Intercept, C) = (supports, factors, gamma, intercept, c);

    /// <summary>The price of an error.</summary>
    public double C { get; }

    /// <summary>What is added to the weighted kernels.</summary>
    internal double Intercept { get; }

    /// <inheritdoc/>
    public string Name => $"RBF-SVR C={C:0.###}";

    /// <inheritdoc/>
    public double Predict(double[] input)
    {
        var sum = Intercept;
        for (var i = 0; i < _supports.Length; i++) sum += _factors[i] * Kernel(input, _supports[i], _gamma);
        return sum;
    }

    /// <summary>Kernel values of all pairs.</summary>
    public static double[][] Gram(IReadOnlyList<double[]> inputs, double gamma)
    {
        var gram = new double[inputs.Count][];
        for (var i = 0; i < gram.Length; i++) gram[i] = new double[gram.Length];
        for (var i = 0; i < gram.Length; i++)
        {
            for (var j = 0; j <= i; j++) gram[i][j] = gram[j][i] = Kernel(inputs[i], inputs[j], gamma);
        }

        return gram;
    }

    /// <summary>Fits.</summary>
    /// <param name="inputs">Encoded candidates.</param>
    /// <param name="targets">Their values, of the order of 1 to 100.</param>
    /// <param name="c">Price of an error, above 0.</param>
    /// <param name="epsilon">Errors up to this are free.</param>
    /// <param name="gamma">γ of the kernel.</param>
    /// <param name="gram">Kernel values of all pairs, where they are known.</param>
    /// <param name="tolerance">Largest violation of the optimality conditions that is left.</param>
    public static SupportVectorRegression Fit(IReadOnlyList<double[]> inputs, IReadOnlyList<double> targets, double c, double epsilon, double gamma, double[][]? gram = null, double tolerance = Tolerance)
    {
        gram ??= Gram(inputs, gamma);
        var (beta, intercept) = Solve(gram, [.. targets], c, epsilon, tolerance);
        int[] supports = [.. Enumerable.Range(0, beta.Length).Where(i => beta[i] != 0)];
        return new SupportVectorRegression([.. supports.Select(i => inputs[i])], [.. supports.Select(i => beta[i])], gamma, intercept, c);
    }

    /// <summary>β and the intercept of the dual problem.</summary>
    internal static (double[] Beta, double Intercept) Solve(double[][] gram, double[] targets, double c, double epsilon, double tolerance)
    {
        var n = targets.Length;
        var beta = new double[n];
        // yᵢ − Σⱼ Kᵢⱼ βⱼ: what the kernels leave over, the intercept not yet taken off.
        var rest = targets.ToArray();
        double top = 0, bottom = 0;
        for (var step = 0; step < 200 * Math.Max(n, 500); step++)
        {
            // Raising βᵢ lowers the objective at rate restᵢ ∓ ε, lowering it at −(restⱼ ± ε).
            var (up, down) = (-1, -1);
            (top, bottom) = (double.NegativeInfinity, double.PositiveInfinity);
            for (var i = 0; i < n; i++)
            {
                if (beta[i] < c && rest[i] - Slope(beta[i] >= 0) > top) (up, top) = (i, rest[i] - Slope(beta[i] >= 0));
                if (beta[i] > -c && rest[i] - Slope(beta[i] > 0) < bottom) (down, bottom) = (i, rest[i] - Slope(beta[i] > 0));
            }

            if (up < 0 || down < 0 || top - bottom <= tolerance) break;
            // Both move until the rates meet, a bound is reached, or a β passes through zero, where its rate jumps.
            var curvature = Math.Max(gram[up][up] + gram[down][down] - 2 * gram[up][down], 1e-12);
            var room = Math.Min(beta[up] < 0 ? -beta[up] : c - beta[up], beta[down] > 0 ? beta[down] : c + beta[down]);
            var move = Math.Min((top - bottom) / curvature, room);
            beta[up] = Snap(beta[up] + move);
            beta[down] = Snap(beta[down] - move);
            TensorPrimitives.MultiplyAdd<double>(gram[up], -move, rest, rest);
            TensorPrimitives.MultiplyAdd<double>(gram[down], move, rest, rest);
        }

        return (beta, 0.5 * (top + bottom));

        double Slope(bool positive) => positive ? epsilon : -epsilon;

        double Snap(double value) => Math.Abs(value) < 1e-13 * c ? 0 : Math.Abs(value) > c * (1 - 1e-13) ? Math.CopySign(c, value) : value;
    }

    private static double Kernel(double[] a, double[] b, double gamma)
    {
        var distance = TensorPrimitives.Distance<double>(a, b);
        return Math.Exp(-gamma * distance * distance);
    }
}
