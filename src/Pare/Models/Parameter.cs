namespace Pare.Models;

/// <summary>One parameter of a model: its identity, its shape and the name under which Hugging Face stores it.</summary>
public sealed record Parameter
{
    /// <summary>Identity.</summary>
    public required ParameterId Id { get; init; }

    /// <summary>Output channels of a matrix, or 1 for a vector.</summary>
    public required int Rows { get; init; }

    /// <summary>Input channels of a matrix, or the length of a vector.</summary>
    public required int Columns { get; init; }

    /// <summary>Whether it is a vector (norm weight or bias).</summary>
    public required bool IsVector { get; init; }

    /// <summary>Name for people, recipes and reports: Hugging Face's, with the part appended where the family stores parts fused.</summary>
    public required string Name { get; init; }

    /// <summary>Number of elements.</summary>
    public long Count => (long)Rows * Columns;
}
