namespace Pare.Models;

/// <summary>How a token's position enters the model.</summary>
public enum PositionKind
{
    /// <summary>Queries and keys are rotated (Su et al. 2021, arXiv 2104.09864).</summary>
    Rotary,
    /// <summary>A learned vector per position is added to the token's embedding.</summary>
    Learned,
}
