namespace Pare.Evaluation.Speed;

/// <summary>Options of <see cref="SpeedMeter"/>.</summary>
public sealed record BenchOptions
{
    /// <summary>Tokens of the prompt, at least 1.</summary>
    public int Prompt { get; init; } = 512;

    /// <summary>Tokens to generate behind it, at least 1.</summary>
    public int Generate { get; init; } = 128;

    /// <summary>Whether the prompt becomes shorter where the model's context does not hold both.</summary>
    public bool PromptMayShrink { get; init; }

    /// <summary>Whether fewer tokens are generated where the model's context does not hold both.</summary>
    public bool GenerateMayShrink { get; init; }

    /// <summary>How often prompt and generation are measured, after one run that is not.</summary>
    public int Repetitions { get; init; } = 5;

    /// <summary>How the engine runs.</summary>
    public Runtime.EngineOptions Engine { get; init; } = new();

    /// <summary>Seed of the prompt's tokens.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Receives how far the measurement is.</summary>
    public Action<EvaluationProgress>? Progress { get; init; }

    /// <summary>The options with lengths that may shrink made to fit a context; of both, the generated tokens keep a fifth of it.</summary>
    internal BenchOptions Within(int context)
    {
        var options = this;
        if (!Fits() && GenerateMayShrink) options = options with { Generate = Math.Min(Generate, Math.Max(1, PromptMayShrink ? context / 5 : context - Prompt)) };
        if (!Fits() && PromptMayShrink) options = options with { Prompt = Math.Min(Prompt, Math.Max(1, context - options.Generate)) };
        return options;

        bool Fits() => (long)options.Prompt + options.Generate <= context;
    }
}
