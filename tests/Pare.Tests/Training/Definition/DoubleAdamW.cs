using Pare.Models;

namespace Pare.Tests.Training.Definition;

/// <summary>AdamW (Loshchilov and Hutter 2017, arXiv 1711.05101) in double precision, with the settings of the recorded runs: gradient norm clipped to 1.</summary>
/// <param name="values">What it moves, in place.</param>
/// <param name="decays">Which parameters decay; null means all.</param>
internal sealed class DoubleAdamW(Dictionary<ParameterId, double[]> values, Func<ParameterId, bool>? decays = null)
{
    private const double Rate = 1e-3, Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, Decay = 0.1;

    private readonly Dictionary<ParameterId, double[]> _first = values.ToDictionary(entry => entry.Key, entry => new double[entry.Value.Length]);
    private readonly Dictionary<ParameterId, double[]> _second = values.ToDictionary(entry => entry.Key, entry => new double[entry.Value.Length]);
    private int _steps;

    /// <summary>θ ← θ − rate · decay · θ − rate · m̂ / (√v̂ + ε).</summary>
    public void Step(IReadOnlyDictionary<ParameterId, double[]> gradients)
    {
        _steps++;
        var norm = Math.Sqrt(gradients.Values.Sum(gradient => gradient.Sum(g => g * g)));
        // PyTorch's clip_grad_norm_ divides by norm + 1e-6.
        var factor = Math.Min(1, 1 / (norm + 1e-6));
        foreach (var (id, value) in values)
        {
            var (m, v) = (_first[id], _second[id]);
            var decay = decays?.Invoke(id) == false ? 0 : Decay;
            for (var i = 0; i < value.Length; i++)
            {
                var g = factor * gradients[id][i];
                m[i] = Beta1 * m[i] + (1 - Beta1) * g;
                v[i] = Beta2 * v[i] + (1 - Beta2) * g * g;
                var (m1, v1) = (m[i] / (1 - Math.Pow(Beta1, _steps)), v[i] / (1 - Math.Pow(Beta2, _steps)));
                value[i] -= Rate * decay * value[i] + Rate * m1 / (Math.Sqrt(v1) + Epsilon);
            }
        }
    }
}
