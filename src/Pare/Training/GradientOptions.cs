namespace Pare.Training;

/// <summary>How a <see cref="GradientEngine"/> runs.</summary>
public sealed record GradientOptions
{
    /// <summary>Threads that work together; 0 takes one per processor. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Memory for what blocks leave for their backward pass, in bytes. Where all blocks' need exceeds it, only the inputs of the blocks are kept and each block runs forward again.</summary>
    public long ActivationBytes { get; init; } = 2L << 30;
}
