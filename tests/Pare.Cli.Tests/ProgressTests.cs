using Pare.Cli.Output;

namespace Pare.Cli.Tests;

public sealed class ProgressTests
{
    [Fact]
    public void Lines_come_after_two_seconds_and_then_every_five_with_the_time_that_is_left()
    {
        var clock = new ManualTime();
        using var error = new StringWriter { NewLine = "\n" };
        var progress = new PlainProgress("perplexity", error, clock);
        for (var done = 1; done <= 10; done++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            progress.Report("perplexity", done, 20, "8.1");
        }

        Assert.Equal("perplexity: 2 of 20 (10 %), 18.0 s left, 8.1\nperplexity: 7 of 20 (35 %), 13.0 s left, 8.1\n", error.ToString());
    }

    [Fact]
    public void A_new_stage_starts_its_own_estimate()
    {
        var clock = new ManualTime();
        var remaining = new RemainingTime(clock);
        Assert.Null(remaining.Estimate("a", 1, 3));
        clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(4.0, remaining.Estimate("a", 2, 3));
        Assert.Null(remaining.Estimate("b", 1, 3));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1.0, remaining.Estimate("b", 2, 3));
    }

    [Fact]
    public void A_stage_without_a_name_starts_with_its_first_report()
    {
        var clock = new ManualTime();
        clock.Advance(TimeSpan.FromDays(3));
        var remaining = new RemainingTime(clock);
        Assert.Null(remaining.Estimate("", 0, 4));
        Assert.Equal(0, remaining.Elapsed);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(6.0, remaining.Estimate("", 1, 4));
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
