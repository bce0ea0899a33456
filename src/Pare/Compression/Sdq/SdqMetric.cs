namespace Pare.Compression;

/// <summary>What makes a weight important to <see cref="SdqOptions"/>.</summary>
public enum SdqMetric
{
    /// <summary>|w|.</summary>
    Magnitude,
    /// <summary>|w| · ‖x‖, x being the calibration inputs of the weight's column.</summary>
    Wanda,
    /// <summary>The error of rounding w to the inliers' numbers, times ‖x‖ where Wanda decides what is kept. Only for choosing outliers.</summary>
    Error,
    /// <summary>|w| / √[H⁻¹]ⱼⱼ of SparseGPT, H being the second moments of the inputs of the columns not yet reached.</summary>
    SparseGpt,
}
