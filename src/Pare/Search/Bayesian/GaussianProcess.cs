namespace Pare.Search;

/// <summary>Gaussian-process regression with a Matérn-5/2 kernel; length and noise are those of a small grid that make the observations likeliest (Rasmussen and Williams 2006, chapters 2, 4 and 5).</summary>
/// <remarks>Targets are standardized, so the kernel's variance is 1. O(n³) for each of the grid's settings, n observations.</remarks>
internal sealed class GaussianProcess
{
    private static readonly double[] s_lengths = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2];
    private static readonly double[] s_noises = [1e-6, 1e-4, 1e-2, 1e-1];

    private readonly IReadOnlyList<double[]> _inputs;
    private readonly CholeskyFactor _factor;
    private readonly double[] _weights;
    private readonly double _length;
    private readonly double _mean;
    private readonly double _deviation;

    private GaussianProcess(IReadOnlyList<double[]> inputs, CholeskyFactor factor, double[] weights, double length, double noise, double mean, double deviation, double likelihood)
    {
        (_inputs, _factor, _weights, _length, _mean, _deviation) = (inputs, factor, weights, length, mean, deviation);
        (Noise, LogLikelihood) = (noise, likelihood);
    }

    /// <summary>ln p(targets) of the standardized targets, without the constant.</summary>
    public double LogLikelihood { get; }

    /// <summary>Variance of the noise, of the standardized targets.</summary>
    public double Noise { get; }

    /// <summary>Fits a process.</summary>
    public static GaussianProcess Fit(IReadOnlyList<double[]> inputs, IReadOnlyList<double> targets)
    {
        GaussianProcess? best = null;
        // Lengths are in units of the typical distance of vectors of this size.
        var unit = Math.Sqrt(inputs[0].Length / 6.0);
        foreach (var length in s_lengths)
        {
            foreach (var noise in s_noises)
            {
                if (Fit(inputs, targets, length * unit, noise) is { } process && (best is null || process.LogLikelihood > best.LogLikelihood)) best = process;
            }
        }

        return best ?? throw new InvalidOperationException("no kernel of the grid gives a positive definite matrix");
    }

    /// <summary>Fits a process with a given length and noise; null where the matrix is not positive definite.</summary>
    public static GaussianProcess? Fit(IReadOnlyList<double[]> inputs, IReadOnlyList<double> targets, double length, double noise)
    {
        var mean = targets.Average();
        var deviation = Math.Sqrt(targets.Average(target => (target - mean) * (target - mean)));
        if (!(deviation > 0)) deviation = 1;
        double[] standardized = [.. targets.Select(target => (target - mean) / deviation)];
        var matrix = new double[inputs.Count][];
        for (var i = 0; i < matrix.Length; i++)
        {
            matrix[i] = new double[i + 1];
            for (var j = 0; j < i; j++) matrix[i][j] = Kernel(inputs[i], inputs[j], length);
            matrix[i][i] = 1 + noise;
        }

        if (CholeskyFactor.TryCreate(matrix) is not { } factor) return null;
        var weights = factor.Solve(standardized);
        double fit = 0;
        for (var i = 0; i < weights.Length; i++) fit += weights[i] * standardized[i];
        return new GaussianProcess(inputs, factor, weights, length, noise, mean, deviation, -0.5 * (fit + factor.LogDeterminant));
    }

    /// <summary>The same kernel over other observations.</summary>
    public GaussianProcess Refit(IReadOnlyList<double[]> inputs, IReadOnlyList<double> targets) => Fit(inputs, targets, _length, Noise) ?? this;

    /// <summary>Mean and standard deviation of the function (without noise) at a point.</summary>
    public (double Mean, double Deviation) Predict(double[] input)
    {
        var kernel = new double[_inputs.Count];
        double mean = 0;
        for (var i = 0; i < kernel.Length; i++)
        {
            kernel[i] = Kernel(input, _inputs[i], _length);
            mean += kernel[i] * _weights[i];
        }

        double explained = 0;
        foreach (var value in _factor.SolveLower(kernel)) explained += value * value;
        return (_mean + _deviation * mean, _deviation * Math.Sqrt(Math.Max(0, 1 - explained)));
    }

    private static double Kernel(double[] a, double[] b, double length)
    {
        var r = Math.Sqrt(5) * System.Numerics.Tensors.TensorPrimitives.Distance<double>(a, b) / length;
        return (1 + r + r * r / 3) * Math.Exp(-r);
    }
}
