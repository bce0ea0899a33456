namespace Pare.Evaluation;

/// <summary>How a figure was measured: everything that must agree before two figures may be compared.</summary>
public sealed record Protocol
{
    /// <summary><c>wikitext2</c>, <c>plain</c>, <c>tokens</c>, <c>task</c> or <c>bench</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The model that was measured.</summary>
    public required ModelIdentity Model { get; init; }

    /// <summary>The model that it was compared with, where there is one.</summary>
    public ModelIdentity? Reference { get; init; }

    /// <summary>The text, where there is one.</summary>
    public TextIdentity? Text { get; init; }

    /// <summary>Tokens of a window, where there are windows.</summary>
    public int? Window { get; init; }

    /// <summary>Number of windows, where there are windows.</summary>
    public int? Windows { get; init; }

    /// <summary>How keys and values of earlier positions were kept, as <c>f32</c>.</summary>
    public string? KeyValueType { get; init; }

    /// <summary>How inputs of matrices in block formats were multiplied: <c>float32</c>, which is exact, or <c>int8</c>.</summary>
    public string? Activations { get; init; }

    /// <summary>Whose definition of prompts and metrics was followed, for tasks.</summary>
    public string? Definition { get; init; }

    /// <summary>Machine and build.</summary>
    public required MachineIdentity Machine { get; init; }

    /// <summary>Wall time of the measurement, in seconds, without loading.</summary>
    public required double WallSeconds { get; init; }

    /// <summary>Most physical memory that the process has had until the end of the measurement, mapped weights included; null where the system does not tell.</summary>
    public long? PeakResidentBytes { get; init; }
}
