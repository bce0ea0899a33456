namespace Pare.Cli.Output;

/// <summary>Where work reports how far it is.</summary>
internal interface IProgressLine
{
    /// <summary>Reports a step.</summary>
    /// <param name="stage">What is being done now.</param>
    /// <param name="done">Steps done.</param>
    /// <param name="total">Steps in all; 0 where it is not known.</param>
    /// <param name="note">A figure so far, or empty.</param>
    void Report(string stage, long done, long total, string note = "");
}
