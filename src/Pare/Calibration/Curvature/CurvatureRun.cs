using Pare.Numerics;
using Pare.Training;

namespace Pare.Calibration;

/// <summary>Passes over the windows of a text, each forward and backward through the model, in batches.</summary>
internal sealed class CurvatureRun(GradientEngine engine, CurvatureOptions options, ReadOnlyMemory<int> tokens, int length, IProgress<double>? progress, CancellationToken cancellation)
{
    private int _passes;

    /// <summary>Tokens of the text.</summary>
    public int Tokens => tokens.Length;

    /// <summary>Runs all windows; the accumulator sees every site of every batch.</summary>
    /// <exception cref="CurvatureException">A gradient is not finite.</exception>
    public void Pass(FactorAccumulator accumulator)
    {
        var windows = tokens.Length / length;
        var batch = Math.Clamp(options.BatchTokens / length, 1, windows);
        var earlier = engine.Observer;
        engine.Observer = accumulator;
        try
        {
            for (var first = 0; first < windows; first += batch)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = Math.Min(batch, windows - first);
                accumulator.Begin();
                accumulator.Place = count == 1 ? $"window {first} of the calibration text" : $"windows {first} to {first + count - 1} of the calibration text";
                var part = tokens.Slice(first * length, count * length).Span;
                engine.Accumulate(part, Targets(part, first), length, scale: 1);
                progress?.Report((_passes + (double)(first + count) / windows) / options.Passes);
            }
        }
        finally
        {
            engine.Observer = earlier;
        }

        _passes++;
    }

    private int[] Targets(ReadOnlySpan<int> part, int firstWindow)
    {
        var targets = new int[part.Length];
        if (options.Kind == CurvatureKind.KFac) return Draw(part, firstWindow, targets);
        for (var i = 0; i < part.Length; i++) targets[i] = (i + 1) % length == 0 ? -1 : part[i + 1];
        return targets;
    }

    // Every window has a generator of its own, so that labels do not depend on the batches.
    private int[] Draw(ReadOnlySpan<int> part, int firstWindow, int[] targets)
    {
        var vocabulary = engine.Model.Config.VocabularySize;
        var logits = new float[checked(length * vocabulary)];
        for (var window = 0; window < part.Length / length; window++)
        {
            engine.Logits(part.Slice(window * length, length), length, logits);
            var random = new SeededRandom(options.Seed + (ulong)(firstWindow + window) * 0x9E3779B97F4A7C15);
            for (var i = 0; i < length; i++)
                targets[window * length + i] = i == length - 1 ? -1 : Draw(logits.AsSpan(i * vocabulary, vocabulary), random.NextDouble());
        }

        return targets;
    }

    private static int Draw(ReadOnlySpan<float> logits, double level)
    {
        var largest = System.Numerics.Tensors.TensorPrimitives.Max(logits);
        var sum = 0.0;
        foreach (var logit in logits) sum += Math.Exp(logit - largest);
        var (rest, last) = (level * sum, 0);
        for (var i = 0; i < logits.Length; i++)
        {
            var share = Math.Exp(logits[i] - largest);
            if (share > 0) last = i;
            rest -= share;
            if (rest < 0) break;
        }

        return last;
    }
}
