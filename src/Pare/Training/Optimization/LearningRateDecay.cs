namespace Pare.Training;

/// <summary>How a learning rate goes down.</summary>
public enum LearningRateDecay
{
    /// <summary>Along half a cosine.</summary>
    Cosine,

    /// <summary>In a straight line.</summary>
    Linear,

    /// <summary>Not at all.</summary>
    Constant,
}
