namespace Pare.Models;

/// <summary>A model that cannot be written in the wanted form; the message says why and what can be done instead.</summary>
public sealed class ExportException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was wanted, what stands in the way, and the remedy.</param>
    public ExportException(string message)
        : base(message)
    {
    }
}
