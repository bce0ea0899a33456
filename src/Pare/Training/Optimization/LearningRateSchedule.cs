namespace Pare.Training;

/// <summary>How the learning rate moves over the steps: a linear warm-up, then a way down to a share of the peak.</summary>
public sealed record LearningRateSchedule
{
    /// <summary>Highest rate, above 0.</summary>
    public required double Peak { get; init; }

    /// <summary>Steps of the whole run, at least 1.</summary>
    public required long Steps { get; init; }

    /// <summary>Steps in which the rate rises linearly from 0; step s of them has the rate peak · (s + 1) / warm-up.</summary>
    public long WarmupSteps { get; init; }

    /// <summary>The way down.</summary>
    public LearningRateDecay Decay { get; init; } = LearningRateDecay.Cosine;

    /// <summary>Share of the peak at the end, from 0 to 1.</summary>
    public double FinalShare { get; init; } = 0.1;

    /// <summary>The rate of a step.</summary>
    /// <param name="step">Step, from 0.</param>
    /// <returns>Learning rate.</returns>
    public double At(long step)
    {
        if (step < WarmupSteps) return Peak * (step + 1) / WarmupSteps;
        var way = Math.Clamp((double)(step - WarmupSteps) / Math.Max(1, Steps - WarmupSteps), 0, 1);
        var share = Decay switch
        {
            LearningRateDecay.Cosine => (1 + Math.Cos(Math.PI * way)) / 2,
            LearningRateDecay.Linear => 1 - way,
            _ => 1,
        };
        return Peak * (FinalShare + (1 - FinalShare) * share);
    }

    internal void Check()
    {
        if (!(Peak > 0) || !double.IsFinite(Peak)) throw new ArgumentException($"the learning rate is {Peak}; expected a number above 0");
        if (Steps < 1) throw new ArgumentException($"there are {Steps} steps to train; expected at least 1");
        if (WarmupSteps < 0) throw new ArgumentException($"the warm-up has {WarmupSteps} steps; expected a number from 0 on");
        if (FinalShare is not (>= 0 and <= 1)) throw new ArgumentException($"the rate is to end at {FinalShare} of its peak; expected a share from 0 to 1");
    }
}
