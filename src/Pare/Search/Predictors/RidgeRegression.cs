using System.Numerics.Tensors;

namespace Pare.Search;

/// <summary>Linear regression with an L2 penalty: w, b of least Σ (yᵢ − w·xᵢ − b)² + α‖w‖²; the intercept is not penalized.</summary>
/// <remarks>Solved in whichever is smaller, the space of features or that of observations.</remarks>
internal sealed class RidgeRegression : IPredictor
{
    private readonly double[] _weights;
    private readonly double _intercept;

    private RidgeRegression(double alpha, double[] weights, double intercept) => (Alpha, _weights, _intercept) = (alpha, weights, intercept);

    /// <summary>The penalty α.</summary>
    public double Alpha { get; }

    /// <inheritdoc/>
    public string Name => $"ridge α={Alpha:0.0###}";

    /// <inheritdoc/>
    public double Predict(double[] input) => _intercept + TensorPrimitives.Dot<double>(input, _weights);

    /// <summary>Fits with each of several penalties, for the price of little more than one.</summary>
    public static IReadOnlyList<RidgeRegression> Fit(IReadOnlyList<double[]> inputs, IReadOnlyList<double> targets, IReadOnlyList<double> alphas)
    {
        var (n, features) = (inputs.Count, inputs[0].Length);
        var mean = new double[features];
        foreach (var input in inputs) TensorPrimitives.Add<double>(mean, input, mean);
        TensorPrimitives.Divide<double>(mean, n, mean);
        var centre = targets.Average();
        double[][] centred = [.. inputs.Select(input => Less(input, mean))];
        double[] values = [.. targets.Select(target => target - centre)];
        var dual = n < features;
        var vectors = dual ? centred : Transpose(centred);
        var gram = new double[vectors.Length][];
        for (var i = 0; i < gram.Length; i++)
        {
            gram[i] = new double[i + 1];
            for (var j = 0; j <= i; j++) gram[i][j] = TensorPrimitives.Dot<double>(vectors[i], vectors[j]);
        }

        double[] right = dual ? values : [.. vectors.Select(feature => TensorPrimitives.Dot<double>(feature, values))];
        return [.. alphas.Select(Solve)];

        RidgeRegression Solve(double alpha)
        {
            double[][] matrix = [.. gram.Select(row => row.ToArray())];
            for (var i = 0; i < matrix.Length; i++) matrix[i][i] += alpha;
            var solution = CholeskyFactor.TryCreate(matrix)?.Solve(right) ?? throw new ArgumentException($"the penalty {alpha} is too small for these candidates", nameof(alphas));
            var weights = dual ? Combine(centred, solution) : solution;
            return new RidgeRegression(alpha, weights, centre - TensorPrimitives.Dot<double>(weights, mean));
        }
    }

    private static double[] Less(double[] input, double[] mean)
    {
        var result = new double[input.Length];
        TensorPrimitives.Subtract<double>(input, mean, result);
        return result;
    }

    private static double[] Combine(double[][] rows, double[] factors)
    {
        var result = new double[rows[0].Length];
        for (var i = 0; i < rows.Length; i++) TensorPrimitives.MultiplyAdd<double>(rows[i], factors[i], result, result);
        return result;
    }

    private static double[][] Transpose(double[][] rows)
    {
        var result = new double[rows[0].Length][];
        for (var j = 0; j < result.Length; j++) result[j] = [.. rows.Select(row => row[j])];
        return result;
    }
}
