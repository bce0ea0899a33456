namespace Pare.Tokenization;

/// <summary>A chat template that cannot be read, that fails while it runs, or that refuses the messages it was given.</summary>
public sealed class ChatTemplateException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="line">Line of the template, from 1.</param>
    /// <param name="problem">What was expected, what was found, and what to do.</param>
    /// <param name="inner">The exception behind it, where there is one.</param>
    public ChatTemplateException(int line, string problem, Exception? inner = null)
        : base($"chat template, line {line}: {problem}", inner) => Line = line;

    /// <summary>Line of the template, from 1.</summary>
    public int Line { get; }
}
