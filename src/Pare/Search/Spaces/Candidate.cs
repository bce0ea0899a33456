namespace Pare.Search;

/// <summary>A point of a search space, in canonical form: two candidates that mean the same are equal.</summary>
/// <remarks>Made by <see cref="SearchSpace"/> only, which repairs the genes first.</remarks>
public sealed class Candidate : IEquatable<Candidate>
{
    private readonly double[] _genes;
    private readonly int _hash;

    internal Candidate(double[] genes)
    {
        _genes = genes;
        var hash = new HashCode();
        foreach (var gene in genes) hash.Add(gene);
        _hash = hash.ToHashCode();
    }

    /// <summary>One gene a dimension, in the order of the space.</summary>
    public ReadOnlySpan<double> Genes => _genes;

    /// <summary>Gene of a discrete dimension as the index of its value.</summary>
    /// <param name="dimension">Index of the dimension.</param>
    /// <returns>The index.</returns>
    public int IndexAt(int dimension) => (int)_genes[dimension];

    /// <inheritdoc/>
    public bool Equals(Candidate? other) => other is not null && _hash == other._hash && _genes.AsSpan().SequenceEqual(other._genes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Candidate);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;
}
