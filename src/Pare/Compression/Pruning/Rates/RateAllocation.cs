namespace Pare.Compression;

/// <summary>How the weights that are removed are spread over the linear sites.</summary>
public enum RateAllocation
{
    /// <summary>Every site loses the same share.</summary>
    Uniform,
    /// <summary>Blocks with many outliers lose less (OWL, Yin et al. 2023, arXiv 2310.05175): outliers are scores |w| · ‖x‖ above five times the block's mean.</summary>
    Owl,
    /// <summary>Sites lose what adds the least to the relative error of their outputs, by one threshold on w² · Σx² / ‖W·X‖² for all of them.</summary>
    Sensitivity,
}
