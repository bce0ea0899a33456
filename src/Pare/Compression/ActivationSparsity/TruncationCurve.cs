using System.Numerics.Tensors;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>How large what small neurons would add is beside what all add: Sparsing Law's cumulative error of tail truncation, by the share of neurons that go.</summary>
internal sealed unsafe class TruncationCurve
{
    private const int Steps = 20;
    private readonly double[] _errors = new double[Steps + 1];

    /// <param name="errors">Errors of all twentieths.</param>
    public TruncationCurve(ReadOnlySpan<double> errors) => errors.CopyTo(_errors);

    /// <summary>Measures the errors.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="down">The down projection.</param>
    /// <param name="rows">[tokens, neurons].</param>
    /// <param name="norms">Norm of each neuron's column.</param>
    /// <param name="group">Neurons that go together.</param>
    /// <param name="sizes">Quantiles of |x| · norm.</param>
    public TruncationCurve(ComputePool pool, Weight down, float[] rows, float[] norms, int group, SizeCurve sizes)
    {
        var tokens = rows.Length / norms.Length;
        using var map = new Linear(down, null);
        var whole = Norms(pool, map, rows, tokens);
        for (var step = 0; step <= Steps; step++)
        {
            var threshold = sizes.At((double)step / Steps);
            var tail = new float[rows.Length];
            for (var first = 0; first < rows.Length; first += group)
            {
                var isSmall = true;
                for (var i = first; i < first + group; i++) isSmall &= Math.Abs(rows[i]) * norms[i % norms.Length] < threshold;
                if (isSmall) rows.AsSpan(first, group).CopyTo(tail.AsSpan(first));
            }

            var part = Norms(pool, map, tail, tokens);
            for (var t = 0; t < tokens; t++) _errors[step] += whole[t] > 0 ? part[t] / whole[t] / tokens : 0;
            // A tail grows with the share but for chance.
            if (step > 0) _errors[step] = Math.Max(_errors[step], _errors[step - 1]);
        }
    }

    /// <summary>Errors of all twentieths.</summary>
    public IReadOnlyList<double> Errors => _errors;

    /// <summary>The share of neurons that may go for a mean error; interpolated.</summary>
    public double LevelOf(double error)
    {
        for (var step = 1; step <= Steps; step++)
        {
            if (_errors[step] <= error) continue;
            return (step - 1 + (error - _errors[step - 1]) / (_errors[step] - _errors[step - 1])) / Steps;
        }

        return 1 - 0.5 / Steps;
    }

    private static double[] Norms(ComputePool pool, Linear map, float[] rows, int tokens)
    {
        var y = new float[tokens * map.Rows];
        fixed (float* source = rows, target = y) map.Multiply(pool, source, tokens, target);
        return [.. Enumerable.Range(0, tokens).Select(t => (double)TensorPrimitives.Norm<float>(y.AsSpan(t * map.Rows, map.Rows)))];
    }
}
