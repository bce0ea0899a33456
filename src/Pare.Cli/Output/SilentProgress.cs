namespace Pare.Cli.Output;

/// <summary>Shows nothing.</summary>
internal sealed class SilentProgress : IProgressLine
{
    public void Report(string stage, long done, long total, string note = "")
    {
    }
}
