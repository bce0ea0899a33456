namespace Pare.Calibration;

/// <summary>What was seen of a model's activations cannot be used.</summary>
public sealed class CalibrationException : Exception
{
    /// <summary>Says what is wrong and what to do.</summary>
    /// <param name="message">What was seen, where, and the remedy.</param>
    /// <param name="inner">What found it, or null.</param>
    public CalibrationException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
