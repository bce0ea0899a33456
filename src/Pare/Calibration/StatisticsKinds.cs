namespace Pare.Calibration;

/// <summary>What is to be known of the inputs of linear sites.</summary>
[Flags]
public enum StatisticsKinds
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Per channel: Σ x, Σ |x|, Σ x² and max |x|.</summary>
    Channels = 1,
    /// <summary>Σ x·xᵀ over all tokens; includes <see cref="Channels"/>.</summary>
    SecondMoments = 3,
}
