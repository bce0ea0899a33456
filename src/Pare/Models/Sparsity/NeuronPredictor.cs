namespace Pare.Models;

/// <summary>Predicts which groups of neurons of a block will not be zero: a group is predicted where z = B·(A·x) + c is above 0, x being what gate and up read; or B·h + c, h being what a <see cref="SharedPredictor"/> gives.</summary>
/// <remarks>The low-rank predictor of DejaVu (Liu et al. 2023, arXiv 2310.17157), without a non-linearity between the two maps, for groups.</remarks>
public sealed class NeuronPredictor
{
    private readonly Half[] _first;
    private readonly Half[] _second;
    private readonly float[] _bias;

    /// <summary>Takes the maps.</summary>
    /// <param name="first">A, [rank, inputs]; empty where h is shared.</param>
    /// <param name="second">B, [groups, rank].</param>
    /// <param name="bias">c, [groups].</param>
    /// <param name="rank">Rows of A, or width of h.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public NeuronPredictor(ReadOnlySpan<Half> first, ReadOnlySpan<Half> second, ReadOnlySpan<float> bias, int rank)
    {
        if (rank < 1 || bias.IsEmpty || first.Length % rank != 0 || second.Length != (long)rank * bias.Length)
            throw new ArgumentException($"maps of {first.Length} and {second.Length} numbers do not fit {rank} rows between and {bias.Length} groups", nameof(first));
        (_first, _second, _bias, Rank) = (first.ToArray(), second.ToArray(), bias.ToArray(), rank);
    }

    /// <summary>Channels of x; 0 where h is shared.</summary>
    public int Inputs => _first.Length / Rank;

    /// <summary>Width between the maps.</summary>
    public int Rank { get; }

    /// <summary>Groups of neurons.</summary>
    public int Groups => _bias.Length;

    /// <summary>Share of the groups with neurons that are not zero that were predicted, on tokens it was not trained on; or null where that is not known.</summary>
    public double? Recall { get; init; }

    /// <summary>Share of the predicted groups that do have such neurons, on the same tokens; or null.</summary>
    public double? Precision { get; init; }

    /// <summary>Share of the groups that were predicted, on the same tokens; or null.</summary>
    public double? Share { get; init; }

    internal ReadOnlySpan<Half> First => _first;

    internal ReadOnlySpan<Half> Second => _second;

    internal ReadOnlySpan<float> Bias => _bias;
}
