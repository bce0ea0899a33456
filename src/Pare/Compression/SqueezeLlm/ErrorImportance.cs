namespace Pare.Compression;

/// <summary>By what the error of a weight counts when a table is found.</summary>
public enum ErrorImportance
{
    /// <summary>Σ x² of its column over the calibration text.</summary>
    Inputs,
    /// <summary>The diagonal of the empirical Fisher information: Σ (∂L/∂w)² over the windows of the calibration text, as the paper has it.</summary>
    Fisher,
    /// <summary>All errors count the same, and no text is needed.</summary>
    None,
}
