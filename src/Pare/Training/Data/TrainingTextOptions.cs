namespace Pare.Training;

/// <summary>How files become training text.</summary>
public sealed record TrainingTextOptions
{
    /// <summary>What a document is in a plain text file. Default: the whole file.</summary>
    public PlainTextRule PlainText { get; init; } = PlainTextRule.WholeFile;
}
