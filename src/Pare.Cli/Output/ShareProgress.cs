using Pare.Reports;

namespace Pare.Cli.Output;

/// <summary>Shows the share of a number of bytes that is written.</summary>
internal sealed class ShareProgress(IProgressLine line, long bytes) : IProgress<double>
{
    private const int Steps = 1000;
    private int _last = -1;

    public void Report(double value)
    {
        var step = (int)(value * Steps);
        if (step == _last) return;
        _last = step;
        line.Report("", step, Steps, $"{Quantity.Bytes(value * bytes)} of {Quantity.Bytes(bytes)}");
    }
}
