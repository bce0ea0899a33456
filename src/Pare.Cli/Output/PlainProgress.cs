using Pare.Reports;

namespace Pare.Cli.Output;

/// <summary>Progress as lines of text, for logs: the first after two seconds, then one every five.</summary>
internal sealed class PlainProgress(string title, TextWriter error, TimeProvider time) : IProgressLine
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2), Every = TimeSpan.FromSeconds(5);
    private readonly RemainingTime _remaining = new(time);
    private readonly long _start = time.GetTimestamp();
    private long _written;

    public void Report(string stage, long done, long total, string note = "")
    {
        var left = _remaining.Estimate(stage, done, total);
        if (_written == 0 ? time.GetElapsedTime(_start) < First : time.GetElapsedTime(_written) < Every) return;
        _written = time.GetTimestamp();
        error.WriteLine(Format(title, stage, done, total, note, left));
    }

    /// <summary>"title · stage: 12 of 148 (8 %), 3 min 20 s left, note".</summary>
    public static string Format(string title, string stage, long done, long total, string note, double? left)
    {
        var text = stage.Length == 0 || stage == title ? title : $"{title} · {stage}";
        if (total > 0) text += $": {done} of {total} ({100 * done / total} %)";
        else if (done > 0) text += $": {done}";
        if (left is { } seconds) text += $", {Quantity.Seconds(seconds)} left";
        return note.Length == 0 ? text : $"{text}, {note}";
    }
}
