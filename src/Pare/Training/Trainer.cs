using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Pare.Training;

/// <summary>Trains a model over windows of text, step by step, with checkpoints from which a run goes on exactly.</summary>
/// <param name="engine">Model and threads.</param>
/// <param name="data">The windows to learn from.</param>
/// <param name="validation">Windows to measure on, or null.</param>
/// <param name="options">How the run goes.</param>
/// <param name="teacher">A teacher where the loss asks for one.</param>
public sealed class Trainer(GradientEngine engine, TokenDataset data, TokenDataset? validation, TrainerOptions options, ITeacher? teacher = null)
{
    private readonly SampleOrder _order = new(data.WindowCount, options.Seed);
    private readonly GradientNorm _norm = new(engine.Model.Tensors);
    private readonly int[] _tokens = new int[checked(options.BatchSize * options.Accumulation * data.Window)];
    private readonly int[] _targets = new int[options.BatchSize * options.Accumulation * data.Window];

    /// <summary>What has to be equal for a checkpoint to go on: shape, data, options. Given to <see cref="Run"/> beside what the caller adds.</summary>
    private JsonObject Describe(string model)
    {
        var run = new JsonObject
        {
            ["model"] = model,
            ["trainable"] = engine.Model.TrainableCount,
            ["data"] = data.Fingerprint,
            ["window"] = data.Window,
            ["batchSize"] = options.BatchSize,
            ["accumulation"] = options.Accumulation,
            ["seed"] = options.Seed,
            ["learningRate"] = options.Schedule.Peak,
            ["steps"] = options.Schedule.Steps,
            ["warmup"] = options.Schedule.WarmupSteps,
            ["decay"] = options.Schedule.Decay.ToString(),
            ["finalShare"] = options.Schedule.FinalShare,
            ["optimizer"] = options.Optimizer.ToString(),
            ["adamW"] = options.AdamW.ToString(),
            ["loss"] = options.Loss.ToString(),
        };
        return run;
    }

    /// <summary>Runs to the end, or until it is stopped.</summary>
    /// <param name="folder">Where checkpoints go; made if it is not there.</param>
    /// <param name="model">Fingerprint of the model that the run starts from, so that a checkpoint is not taken for that of another.</param>
    /// <param name="resume">Whether to go on from the latest checkpoint, if there is one; otherwise there must be none.</param>
    /// <param name="progress">Told after every step, on the caller's thread.</param>
    /// <param name="cancellation">Stops after the step at work and leaves a checkpoint.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or the loss lacks its teacher.</exception>
    /// <exception cref="TrainingException">The loss is not finite, or the checkpoint is of another run.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written; the one before it is complete.</exception>
    public TrainingResult Run(string folder, string model, bool resume, Action<TrainingStep>? progress = null, CancellationToken cancellation = default)
    {
        options.Check(teacher is not null);
        var tensors = engine.Model.Tensors;
        using IOptimizer optimizer = options.Optimizer == OptimizerKind.Muon ? new Muon(tensors, options.AdamW, engine.Pool) : new AdamW(tensors, options.AdamW, engine.Pool);
        var checkpoint = new TrainingCheckpoint(folder);
        if (!resume && checkpoint.Complete.Count > 0)
            throw new TrainingException($"{folder} holds checkpoints of an earlier run; go on with --resume, or remove that folder to start anew");
        var run = Describe(model);
        var state = (resume ? checkpoint.Load(run, tensors, optimizer) : null) ?? new TrainingState();
        var history = state.History.ToList();
        var (tokens, seconds) = (state.Tokens, state.Seconds);
        var saved = state.Step;
        var step = state.Step;
        double? last = null;
        while (step < options.Schedule.Steps && !cancellation.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            var done = Step(step, optimizer, tokens, folder);
            step++;
            var end = step == options.Schedule.Steps;
            var elapsed = clock.Elapsed.TotalSeconds;
            done = done with { TokensPerSecond = (done.Tokens - tokens) / elapsed };
            tokens = done.Tokens;
            if (validation is not null && (end || (options.ValidateEvery > 0 && step % options.ValidateEvery == 0)))
                done = done with { ValidationLoss = last = Validate(end ? validation.WindowCount : Math.Min(options.ValidationWindows, validation.WindowCount)) };
            history.Add(done);
            seconds += clock.Elapsed.TotalSeconds;
            progress?.Invoke(done);
            if (end || (options.CheckpointEvery > 0 && step % options.CheckpointEvery == 0)) Save();
        }

        var complete = step == options.Schedule.Steps;
        if (saved != step) Save();
        return new TrainingResult
        {
            IsComplete = complete,
            Steps = step,
            Tokens = tokens,
            Seconds = seconds,
            ValidationLoss = complete ? last ?? history.LastOrDefault()?.ValidationLoss : null,
            History = history,
        };

        void Save()
        {
            checkpoint.Save(new TrainingState { Step = step, Tokens = tokens, Seconds = seconds, History = history }, run, tensors, optimizer, options.KeptCheckpoints);
            saved = step;
        }
    }

    private TrainingStep Step(long step, IOptimizer optimizer, long tokens, string folder)
    {
        var window = data.Window;
        var samples = options.BatchSize * options.Accumulation;
        var predicted = 0;
        for (var i = 0; i < samples; i++)
            data.Read(_order.WindowOf(step * samples + i), _tokens.AsSpan(i * window, window), _targets.AsSpan(i * window, window));
        foreach (var target in _targets) predicted += target < 0 ? 0 : 1;
        engine.Model.ClearGradients();
        var sums = default(LossSums);
        var length = options.BatchSize * window;
        for (var i = 0; i < options.Accumulation; i++)
            sums += engine.Accumulate(_tokens.AsSpan(i * length, length), _targets.AsSpan(i * length, length), window, 1f / Math.Max(1, predicted), options.Loss, teacher);
        var loss = predicted == 0 ? 0 : sums.Mean(options.Loss);
        var norm = _norm.Compute(engine.Pool);
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new TrainingException($"step {step + 1}: the loss is {loss} and the norm of its gradient {norm}, so the run has diverged; "
                + $"the checkpoints in {folder} hold the last good state. Start anew with a lower learning rate (half of {options.Schedule.Peak}, say), a longer warm-up or a lower clipping norm");
        }

        var rate = options.Schedule.At(step);
        optimizer.Step(rate, norm);
        return new TrainingStep
        {
            Step = step + 1,
            Tokens = tokens + predicted,
            Loss = loss,
            CrossEntropy = predicted == 0 ? 0 : sums.MeanCrossEntropy,
            Distance = options.Loss.DistillationWeight > 0 && predicted > 0 ? sums.MeanDistance : null,
            GradientNorm = norm,
            LearningRate = rate,
            TokensPerSecond = 0,
        };
    }

    private double Validate(int windows)
    {
        var window = validation!.Window;
        var sums = default(LossSums);
        for (var first = 0; first < windows; first += options.BatchSize)
        {
            var count = Math.Min(options.BatchSize, windows - first);
            for (var i = 0; i < count; i++) validation.Read(first + i, _tokens.AsSpan(i * window, window), _targets.AsSpan(i * window, window));
            sums += engine.Loss(_tokens.AsSpan(0, count * window), _targets.AsSpan(0, count * window), window);
        }

        return sums.MeanCrossEntropy;
    }
}
