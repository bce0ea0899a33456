namespace Pare.Search;

/// <summary>A study cannot be used: its file is damaged, of another version, or of other work than the one at hand.</summary>
public sealed class StudyException : Exception
{
    /// <summary>An exception without details.</summary>
    public StudyException()
    {
    }

    /// <summary>An exception.</summary>
    /// <param name="message">What was being done, what was found, and what to do.</param>
    public StudyException(string message) : base(message)
    {
    }

    /// <summary>An exception with its cause.</summary>
    /// <param name="message">What was being done, what was found, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public StudyException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
