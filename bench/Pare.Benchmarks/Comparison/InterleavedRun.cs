using System.Diagnostics;

namespace Pare.Benchmarks.Comparison;

/// <summary>Takes samples of two engines in turn. Who goes first changes with every pair, so that neither always meets a warm or a throttled processor.</summary>
internal sealed class InterleavedRun
{
    private readonly IComparedEngine _ours;
    private readonly IComparedEngine _theirs;
    private readonly ComparisonOptions _options;
    private readonly int[] _tokens;

    public InterleavedRun(IComparedEngine ours, IComparedEngine theirs, ComparisonOptions options, int vocabularySize)
    {
        _ours = ours;
        _theirs = theirs;
        _options = options;
        // The arithmetic does not depend on the tokens; a seeded choice keeps the two engines and all runs alike.
        var random = new Random(20260101);
        _tokens = new int[Math.Max(options.Prompt, options.Depth + options.Generate)];
        for (var i = 0; i < _tokens.Length; i++) _tokens[i] = random.Next(vocabularySize / 8, vocabularySize / 2);
    }

    /// <summary>Largest |Δ log p| after a short prompt among tokens that llama.cpp gives a probability above 1e-4.</summary>
    public double CompareLogits()
    {
        var prompt = _tokens.AsSpan(0, Math.Min(32, _tokens.Length));
        _ours.Prefill(prompt);
        _theirs.Prefill(prompt);
        var mine = LogProbabilities(_ours.LastLogits);
        var other = LogProbabilities(_theirs.LastLogits);
        double largest = 0;
        for (var i = 0; i < Math.Min(mine.Length, other.Length); i++)
        {
            if (other[i] > Math.Log(1e-4)) largest = Math.Max(largest, Math.Abs(mine[i] - other[i]));
        }

        return largest;
    }

    /// <summary>Prompts, tokens/s.</summary>
    public PairedSamples Prefill(Action betweenPairs)
    {
        return Sample(betweenPairs, engine =>
        {
            var begin = Now();
            engine.Prefill(_tokens.AsSpan(0, _options.Prompt));
            return _options.Prompt / (Now() - begin);
        });
    }

    /// <summary>Single tokens behind a cache of <c>--depth</c>, tokens/s.</summary>
    public PairedSamples Decode(Action betweenPairs)
    {
        _ours.Prefill(_tokens.AsSpan(0, _options.Depth));
        _theirs.Prefill(_tokens.AsSpan(0, _options.Depth));
        return Sample(betweenPairs, engine =>
        {
            engine.Truncate(_options.Depth);
            var begin = Now();
            for (var i = 0; i < _options.Generate; i++) engine.Decode(_tokens[_options.Depth + i]);
            return _options.Generate / (Now() - begin);
        });
    }

    private double Now() => _options.CpuClock ? ThreadClock.Seconds() : (double)Stopwatch.GetTimestamp() / Stopwatch.Frequency;

    private PairedSamples Sample(Action betweenPairs, Func<IComparedEngine, double> measure)
    {
        var samples = new PairedSamples();
        // Two pairs are thrown away: page faults, tiered compilation.
        for (var round = -2; round < _options.Rounds; round++)
        {
            double mine, other;
            if (round % 2 == 0)
            {
                mine = Alone(_ours, measure);
                other = Alone(_theirs, measure);
            }
            else
            {
                other = Alone(_theirs, measure);
                mine = Alone(_ours, measure);
            }

            if (round < 0) continue;
            samples.Add(mine, other);
            betweenPairs();
        }

        return samples;
    }

    private static double Alone(IComparedEngine engine, Func<IComparedEngine, double> measure)
    {
        var speed = measure(engine);
        engine.Rest();
        return speed;
    }

    private static double[] LogProbabilities(ReadOnlySpan<float> logits)
    {
        double largest = double.NegativeInfinity;
        foreach (var logit in logits) largest = Math.Max(largest, logit);
        double sum = 0;
        foreach (var logit in logits) sum += Math.Exp(logit - largest);
        var result = new double[logits.Length];
        for (var i = 0; i < result.Length; i++) result[i] = logits[i] - largest - Math.Log(sum);
        return result;
    }
}
