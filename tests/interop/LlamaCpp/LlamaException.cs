namespace Pare.Interop;

/// <summary>llama.cpp refused something; the message carries what it logged meanwhile.</summary>
internal sealed class LlamaException : Exception
{
    public LlamaException()
    {
    }

    public LlamaException(string message)
        : base(message)
    {
    }

    public LlamaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>An exception whose message ends with the warnings and errors logged since the last <see cref="LlamaLog.Clear"/>.</summary>
    public static LlamaException WithLog(string message)
    {
        var log = LlamaLog.Text.Trim();
        return new LlamaException(log.Length == 0 ? message : message + Environment.NewLine + log);
    }
}
