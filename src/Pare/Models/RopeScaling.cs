namespace Pare.Models;

/// <summary>How rotary frequencies are changed to reach longer contexts.</summary>
public enum RopeScaling
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>All frequencies divided by the factor (position interpolation; Chen et al. 2023, arXiv 2306.15595).</summary>
    Linear,
    /// <summary>Low frequencies divided, high ones kept, a smooth band between (Llama 3.1).</summary>
    Llama3,
    /// <summary>Interpolation by wavelength with a ramp and an attention factor (YaRN; Peng et al. 2023, arXiv 2309.00071).</summary>
    Yarn,
    /// <summary>A factor of its own per frequency, short or long by the context (LongRoPE; Ding et al. 2024, arXiv 2402.13753).</summary>
    LongRope,
}
