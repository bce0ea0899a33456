using Pare.Models;

namespace Pare.Search;

/// <summary>Which activations a search sets to zero where they are small.</summary>
public enum ThresholdRule
{
    /// <summary>The activated gate; the neurons where there is none (CATS, arXiv 2404.08763).</summary>
    Cats,
    /// <summary>What all linear maps of the blocks read (TEAL, arXiv 2408.14690).</summary>
    Teal,
}
