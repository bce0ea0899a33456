namespace Pare.Cli.Output;

/// <summary>Estimates how long the rest of a stage takes from its pace so far.</summary>
internal sealed class RemainingTime(TimeProvider time)
{
    // Null before the first report: a stage may be named "".
    private string? _stage;
    private long _start;
    private long _first;

    /// <summary>Seconds since the current stage began.</summary>
    public double Elapsed => time.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Seconds that the rest will take; null as long as there is no pace to go by.</summary>
    public double? Estimate(string stage, long done, long total)
    {
        if (stage != _stage || done < _first)
        {
            _stage = stage;
            _start = time.GetTimestamp();
            // What was done before the first report (an earlier run's windows, a first step) has no time to go with it.
            _first = done;
        }

        return done > _first && total > 0 ? Elapsed / (done - _first) * (total - done) : null;
    }
}
