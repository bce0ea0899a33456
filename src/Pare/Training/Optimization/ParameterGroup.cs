using System.IO.Enumeration;

namespace Pare.Training;

/// <summary>Tensors that are moved by a rate or decay of their own.</summary>
public sealed record ParameterGroup
{
    /// <summary>Names of the tensors, with * for any part, such as model.layers.0.*.</summary>
    public required string Pattern { get; init; }

    /// <summary>Factor of the learning rate, from 0 on.</summary>
    public double LearningRateFactor { get; init; } = 1;

    /// <summary>Weight decay; null takes that of the others.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Whether a tensor belongs to the group.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>True where the pattern matches all of it.</returns>
    public bool Contains(string name) => FileSystemName.MatchesSimpleExpression(Pattern, name, ignoreCase: false);

    internal void Check()
    {
        if (string.IsNullOrEmpty(Pattern)) throw new ArgumentException("a parameter group has no pattern; give names with * for any part");
        if (!(LearningRateFactor >= 0)) throw new ArgumentException($"parameter group {Pattern}: the factor of the learning rate is {LearningRateFactor}; expected a number from 0 on");
        if (WeightDecay is { } decay && !(decay >= 0)) throw new ArgumentException($"parameter group {Pattern}: the weight decay is {decay}; expected a number from 0 on");
    }
}
