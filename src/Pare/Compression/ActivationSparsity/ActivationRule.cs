namespace Pare.Compression;

/// <summary>Which activations are set to zero.</summary>
public enum ActivationRule
{
    /// <summary>The activated gate, below a quantile of its sizes (CATS, Lee et al. 2024, arXiv 2404.08763); networks without a gate: the neurons.</summary>
    Cats,
    /// <summary>What gate (before the activation), up and down give (Dhar et al. 2024, arXiv 2412.12178).</summary>
    Paper,
    /// <summary>The same with thresholds from the text that is measured on, as the paper took them: the first 4 windows of the WikiText-2 protocol. Only to set figures beside the paper's.</summary>
    PaperTestSplit,
    /// <summary>What all linear maps of the blocks read (TEAL, Liu et al. 2024, arXiv 2408.14690).</summary>
    Teal,
    /// <summary>The same with levels of its own for each site of a block, found greedily by the error of the block's output.</summary>
    TealGreedy,
    /// <summary>The neurons, all but a share of the largest of each token.</summary>
    TopK,
    /// <summary>The neurons, by what they add to the output: |x| · ‖column of down‖ (Sparsing Law, Luo et al. 2024, arXiv 2411.02335).</summary>
    SparsingLaw,
}
