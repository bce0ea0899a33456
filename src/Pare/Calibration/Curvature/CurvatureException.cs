namespace Pare.Calibration;

/// <summary>The curvature of a model cannot be estimated from this text; the message says at which site and where in the text.</summary>
public sealed class CurvatureException : Exception
{
    /// <summary>Makes the exception.</summary>
    public CurvatureException()
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was being done, what was found, and what to do.</param>
    public CurvatureException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was being done, what was found, and what to do.</param>
    /// <param name="inner">Where it came from.</param>
    public CurvatureException(string message, Exception inner)
        : base(message, inner)
    {
    }

    internal static CurvatureException NotFinite(string place, string what, string site) =>
        new($"{place}: the {what} of {site} is not finite or too large for float32; the weights there may be damaged: measure the model's perplexity, and compress from an earlier model");
}
