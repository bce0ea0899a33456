using Pare.Numerics;

namespace Pare.Search;

/// <summary>The best of ridge and RBF support-vector regression by five-fold cross-validation, as LINAS has it.</summary>
/// <remarks>
/// Ridge: α from 0.1 to 10 in steps of 0.1. Support vectors: C of 1, 2, 5, 10, 20, 50, 100, ε = 0, γ = 1 / features. Targets are divided by 10^(⌊log₁₀ max|y|⌋ − 1), which brings them to between 10 and 100,
/// and the least mean absolute percentage error wins. Support vectors see targets less their mean: with ε = 0 that changes only how soon the solver is done.
/// </remarks>
internal sealed class PredictorSelection : IPredictor
{
    private const int Folds = 5;
    private static readonly double[] s_alphas = [.. Enumerable.Range(1, 100).Select(i => i / 10.0)];
    private static readonly double[] s_prices = [1, 2, 5, 10, 20, 50, 100];

    private readonly IPredictor _inner;
    private readonly double _scale;
    private readonly double _shift;

    private PredictorSelection(IPredictor inner, double scale, double shift, double error) => (_inner, _scale, _shift, CrossValidatedError) = (inner, scale, shift, error);

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <summary>Mean absolute percentage error on the folds that were left out, as a share.</summary>
    public double CrossValidatedError { get; }

    /// <inheritdoc/>
    public double Predict(double[] input) => (_inner.Predict(input) + _shift) * _scale;

    /// <summary>Chooses settings and fits on everything.</summary>
    /// <param name="inputs">At least two encoded candidates.</param>
    /// <param name="targets">Their finite values.</param>
    /// <param name="random">Draws the folds.</param>
    public static PredictorSelection Fit(IReadOnlyList<double[]> inputs, IReadOnlyList<double> targets, SeededRandom random)
    {
        var largest = targets.Max(Math.Abs);
        var scale = largest > 0 ? Math.Pow(10, Math.Floor(Math.Log10(largest)) - 1) : 1;
        double[] scaled = [.. targets.Select(target => target / scale)];
        var shift = scaled.Average();
        var gamma = 1.0 / inputs[0].Length;
        var (ridgeErrors, supportErrors) = (new double[s_alphas.Length], new double[s_prices.Length]);
        int[] order = [.. Enumerable.Range(0, inputs.Count)];
        random.Shuffle(order.AsSpan());
        var folds = Math.Min(Folds, inputs.Count);
        for (var fold = 0; fold < folds; fold++)
        {
            int[] left = [.. order.Where((_, i) => i % folds == fold)], kept = [.. order.Where((_, i) => i % folds != fold)];
            double[][] known = [.. kept.Select(i => inputs[i])];
            double[] values = [.. kept.Select(i => scaled[i])], centred = [.. values.Select(value => value - shift)];
            var ridges = RidgeRegression.Fit(known, values, s_alphas);
            for (var k = 0; k < ridges.Count; k++) ridgeErrors[k] += Error(ridges[k], left, 0);
            var gram = SupportVectorRegression.Gram(known, gamma);
            for (var k = 0; k < s_prices.Length; k++) supportErrors[k] += Error(SupportVectorRegression.Fit(known, centred, s_prices[k], 0, gamma, gram), left, shift);
        }

        var (ridge, support) = (Array.IndexOf(ridgeErrors, ridgeErrors.Min()), Array.IndexOf(supportErrors, supportErrors.Min()));
        return ridgeErrors[ridge] <= supportErrors[support]
            ? new PredictorSelection(RidgeRegression.Fit(inputs, scaled, [s_alphas[ridge]])[0], scale, 0, ridgeErrors[ridge] / inputs.Count)
            : new PredictorSelection(SupportVectorRegression.Fit(inputs, [.. scaled.Select(value => value - shift)], s_prices[support], 0, gamma), scale, shift, supportErrors[support] / inputs.Count);

        double Error(IPredictor predictor, int[] left, double offset) =>
            left.Sum(i => Math.Abs(scaled[i] - predictor.Predict(inputs[i]) - offset) / Math.Max(Math.Abs(scaled[i]), 1e-12));
    }
}
