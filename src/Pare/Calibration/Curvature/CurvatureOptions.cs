namespace Pare.Calibration;

/// <summary>How the curvature is estimated.</summary>
public sealed record CurvatureOptions
{
    /// <summary>The approximation.</summary>
    public CurvatureKind Kind { get; init; }

    /// <summary>Kronecker products that are summed, at least 1; more than 1 for <see cref="CurvatureKind.NearestKronecker"/> only.</summary>
    public int Terms { get; init; } = 1;

    /// <summary>Rounds of the power iteration for each term, at least 1; a round runs over the text twice.</summary>
    public int Iterations { get; init; } = 3;

    /// <summary>Tokens that run through the model together, at least 1; whole windows, at least one.</summary>
    public int BatchTokens { get; init; } = 1024;

    /// <summary>Memory for the factors in bytes. What does not fit waits in a file.</summary>
    public long MemoryBytes { get; init; } = 4L << 30;

    /// <summary>Folder of that file; null takes the system's folder for temporary files.</summary>
    public string? ScratchFolder { get; init; }

    /// <summary>Seed of the labels that <see cref="CurvatureKind.KFac"/> draws.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Refuses what contradicts itself.</summary>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    internal void Check()
    {
        if (Terms < 1) throw new ArgumentException($"expected at least 1 term, found {Terms}");
        if (Terms > 1 && Kind != CurvatureKind.NearestKronecker) throw new ArgumentException($"{Terms} terms are a matter of the nearest Kronecker products; take that kind, or one term");
        if (Iterations < 1) throw new ArgumentException($"expected at least 1 iteration, found {Iterations}");
        if (BatchTokens < 1) throw new ArgumentException($"expected at least 1 token in a batch, found {BatchTokens}");
        if (MemoryBytes < 0) throw new ArgumentException("a budget of memory cannot be negative");
    }

    /// <summary>Passes over the text, forward and backward.</summary>
    internal int Passes => Kind switch
    {
        CurvatureKind.Identity => 0,
        CurvatureKind.NearestKronecker => 2 * Iterations * Terms,
        _ => 1,
    };

    /// <summary>Whether sites with the same input have one factor A.</summary>
    internal bool SharesInputs => Kind is not CurvatureKind.NearestKronecker;
}
