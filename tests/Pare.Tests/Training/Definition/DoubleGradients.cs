using Pare.Models;

namespace Pare.Tests.Training.Definition;

/// <summary>A loss of a model and its derivatives with respect to every parameter, in double precision.</summary>
/// <param name="Loss">The loss.</param>
/// <param name="Logits">[sequences · length, vocabulary].</param>
/// <param name="Parameters">[rows, columns] of each parameter.</param>
internal sealed record DoubleGradients(double Loss, double[] Logits, IReadOnlyDictionary<ParameterId, double[]> Parameters)
{
    /// <summary>Evaluates a model.</summary>
    /// <param name="model">The model, freshly made: gradients add up.</param>
    /// <param name="tokens">[sequences][length].</param>
    /// <param name="loss">Makes the loss of the logits.</param>
    /// <param name="contextLength">As for <see cref="DoubleModel.Logits"/>.</param>
    public static DoubleGradients Of(DoubleModel model, int[][] tokens, Func<Tape, Var, Var> loss, int? contextLength = null)
    {
        var tape = new Tape();
        var logits = model.Logits(tape, tokens, contextLength);
        var value = loss(tape, logits);
        tape.Backward(value);
        return new DoubleGradients(value.Value[0], logits.Value, model.Parameters.ToDictionary(entry => entry.Key, entry => entry.Value.Gradient));
    }

    /// <summary>Values of a model's parameters in double precision.</summary>
    public static Dictionary<ParameterId, double[]> ValuesOf(Model model) =>
        model.Weights().ToDictionary(weight => weight.Parameter.Id, weight => Array.ConvertAll(weight.ToArray(), value => (double)value));

    /// <summary>Each token's successor in its sequence, −1 for the last.</summary>
    public static int[] NextTokens(int[][] tokens) => [.. tokens.SelectMany(sequence => sequence[1..].Append(-1))];

    /// <summary>Whether a parameter's gradient is 0 in exact arithmetic: without rotation a key bias adds the same to all scores of a query, which softmax does not see.</summary>
    public static bool Vanishes(ModelConfig config, ParameterId id) =>
        id is { Role: ParameterRole.Key, IsBias: true } && config is { Position: PositionKind.Learned, QueryKeyNorm: QueryKeyNormKind.None, AttentionLogitSoftcap: 0 };

    /// <summary>Holds gradients to expected ones: the relative difference of each stays below a tolerance, and one that vanishes below that share of the query bias's.</summary>
    public static void AssertClose(ModelConfig config, IEnumerable<ParameterId> ids, Func<ParameterId, double[]> found, Func<ParameterId, double[]> expected, double tolerance) =>
        AssertClose(config, ids, found, expected, _ => tolerance);

    /// <summary>The same with a tolerance for each parameter.</summary>
    public static void AssertClose(ModelConfig config, IEnumerable<ParameterId> ids, Func<ParameterId, double[]> found, Func<ParameterId, double[]> expected, Func<ParameterId, double> tolerance)
    {
        foreach (var id in ids)
        {
            var difference = Vanishes(config, id)
                ? Math.Sqrt(found(id).Sum(g => g * g) / expected(id with { Role = ParameterRole.Query }).Sum(g => g * g))
                : Difference(found(id), expected(id));
            Assert.True(difference <= tolerance(id), $"{id}: relative difference {difference:G3} of the gradient, {tolerance(id):G3} is allowed");
        }
    }

    /// <summary>Relative difference of two vectors, ‖a − b‖ / ‖b‖; their absolute one where b is 0.</summary>
    public static double Difference(ReadOnlySpan<double> found, ReadOnlySpan<double> expected)
    {
        Assert.Equal(expected.Length, found.Length);
        double difference = 0, norm = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            difference += (found[i] - expected[i]) * (found[i] - expected[i]);
            norm += expected[i] * expected[i];
        }

        return Math.Sqrt(norm == 0 ? difference : difference / norm);
    }
}
