using System.Diagnostics;

namespace Pare.Training;

/// <summary>Trains a model over windows of text, step by step, with checkpoints from which a run goes on exactly.</summary>
public sealed class Trainer
{
    private readonly GradientEngine _engine;
    private readonly TokenDataset _data;
    private readonly TokenDataset? _validation;
    private readonly TrainerOptions _options;
    private readonly ITeacher? _teacher;
    private readonly ITrainingObjective? _objective;
    private readonly SampleOrder _order;
    private readonly GradientNorm _norm;
    private readonly int[] _tokens;
    private readonly int[] _targets;

    /// <summary>Prepares a run.</summary>
    /// <param name="engine">Model and threads.</param>
    /// <param name="data">The windows to learn from.</param>
    /// <param name="validation">Windows of the same length to measure on, or null.</param>
    /// <param name="options">How the run goes.</param>
    /// <param name="teacher">A teacher where the loss asks for one.</param>
    /// <param name="objective">What is learned from a batch, where it is more than the loss of the options; that loss is still what is reported.</param>
    /// <exception cref="ArgumentException">An option is out of range, the loss lacks its teacher, or the windows differ in length.</exception>
    public Trainer(GradientEngine engine, TokenDataset data, TokenDataset? validation, TrainerOptions options, ITeacher? teacher = null, ITrainingObjective? objective = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Check(teacher is not null);
        if (validation is not null && validation.Window != data.Window)
            throw new ArgumentException($"validation has windows of {validation.Window} tokens and training of {data.Window}; use the same", nameof(validation));
        (_engine, _data, _validation, _options, _teacher, _objective) = (engine, data, validation, options, teacher, objective);
        _order = new SampleOrder(data.WindowCount, options.Seed);
        _norm = new GradientNorm(engine.Model.Tensors);
        _tokens = new int[checked(options.BatchSize * options.Accumulation * data.Window)];
        _targets = new int[_tokens.Length];
    }

    /// <summary>Whether a folder holds checkpoints of a run.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>True where there is at least one.</returns>
    public static bool HasCheckpoints(string folder) => new TrainingCheckpoint(folder).Complete.Count > 0;

    /// <summary>Removes the checkpoints in a folder, and the folder if nothing else is in it.</summary>
    /// <param name="folder">The folder.</param>
    public static void RemoveCheckpoints(string folder) => new TrainingCheckpoint(folder).Clear();

    /// <summary>Runs to the end, or until it is stopped.</summary>
    /// <param name="folder">Where checkpoints go; made if it is not there.</param>
    /// <param name="model">What the run starts from and learns from beside the text, so that a checkpoint is not taken for that of another run.</param>
    /// <param name="resume">Whether to go on from the latest checkpoint, if there is one; otherwise there must be none.</param>
    /// <param name="progress">Told after every step, on the caller's thread.</param>
    /// <param name="cancellation">Stops after the step at work and leaves a checkpoint.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="TrainingException">The run has diverged, or the checkpoint is of another run.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written; the one before it is complete.</exception>
    public TrainingResult Run(string folder, string model, bool resume, Action<TrainingStep>? progress = null, CancellationToken cancellation = default)
    {
        var tensors = _engine.Model.Tensors;
        using IOptimizer optimizer = _options.Optimizer == OptimizerKind.Muon ? new Muon(tensors, _options.AdamW, _engine.Pool) : new AdamW(tensors, _options.AdamW, _engine.Pool);
        var checkpoint = new TrainingCheckpoint(folder);
        if (!resume && checkpoint.Complete.Count > 0)
            throw new TrainingException($"{folder} holds checkpoints of an earlier run; go on with --resume, or remove that folder to start anew");
        var run = TrainingIdentity.Describe(model, _engine.Model, _data, _validation, _options);
        if (_objective is not null) run["objective"] = _objective.Describe();
        var state = (resume ? checkpoint.Load(run, tensors, optimizer) : null) ?? new TrainingState();
        var history = state.History.ToList();
        var (tokens, seconds, step, saved) = (state.Tokens, state.Seconds, state.Step, state.Step);
        while (step < _options.Schedule.Steps && !cancellation.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            var done = Step(step, optimizer, checkpoint);
            step++;
            done = done with { Tokens = tokens += done.Tokens, TokensPerSecond = done.Tokens / clock.Elapsed.TotalSeconds };
            if (_options.ValidateEvery > 0 && (step % _options.ValidateEvery == 0 || step == _options.Schedule.Steps))
                done = done with { ValidationLoss = Validate(_options.ValidationWindows, step, checkpoint, default) };
            history.Add(done);
            seconds += clock.Elapsed.TotalSeconds;
            progress?.Invoke(done);
            if (_options.CheckpointEvery > 0 && step % _options.CheckpointEvery == 0) Save();
        }

        if (saved != step) Save();
        var complete = step == _options.Schedule.Steps;
        var loss = complete ? Validate(int.MaxValue, step, checkpoint, cancellation) : null;
        return new TrainingResult
        {
            IsComplete = complete && !cancellation.IsCancellationRequested,
            Steps = step,
            Tokens = tokens,
            Seconds = seconds,
            ValidationLoss = loss,
            History = history,
        };

        void Save()
        {
            // What is saved has to be good to go on from: a loss over the next windows tells.
            Fill(step, _options.BatchSize);
            var length = _options.BatchSize * _data.Window;
            var probe = _engine.Loss(_tokens.AsSpan(0, length), _targets.AsSpan(0, length), _data.Window);
            if (!double.IsFinite(probe.CrossEntropy)) throw Diverged(step, probe.CrossEntropy, null, checkpoint);
            checkpoint.Save(new TrainingState { Step = step, Tokens = tokens, Seconds = seconds, History = history }, run, tensors, optimizer, _options.KeptCheckpoints);
            saved = step;
        }
    }

    private void Fill(long step, int samples)
    {
        var window = _data.Window;
        var first = step * _options.BatchSize * _options.Accumulation;
        for (var i = 0; i < samples; i++) _data.Read(_order.WindowOf(first + i), _tokens.AsSpan(i * window, window), _targets.AsSpan(i * window, window));
    }

    private TrainingStep Step(long step, IOptimizer optimizer, TrainingCheckpoint checkpoint)
    {
        Fill(step, _options.BatchSize * _options.Accumulation);
        var rate = _options.Schedule.At(step);
        var predicted = _targets.Count(target => target >= 0);
        if (predicted == 0)
        {
            optimizer.Steps++;
            return new TrainingStep { Step = step + 1, Tokens = 0, LearningRate = rate, TokensPerSecond = 0 };
        }

        _engine.Model.ClearGradients();
        var sums = default(LossSums);
        var length = _options.BatchSize * _data.Window;
        for (var i = 0; i < _options.Accumulation; i++)
        {
            Span<int> tokens = _tokens.AsSpan(i * length, length), targets = _targets.AsSpan(i * length, length);
            sums += _objective is { } objective ? objective.Accumulate(step * _options.Accumulation + i, tokens, targets, _data.Window, 1f / predicted)
                : _engine.Accumulate(tokens, targets, _data.Window, 1f / predicted, _options.Loss, _teacher);
        }

        var loss = sums.Mean(_options.Loss);
        var norm = _norm.Compute(_engine.Pool);
        if (!double.IsFinite(loss) || !double.IsFinite(norm)) throw Diverged(step + 1, loss, norm, checkpoint);
        optimizer.Step(rate, norm);
        return new TrainingStep
        {
            Step = step + 1,
            Tokens = predicted,
            Loss = loss,
            CrossEntropy = sums.MeanCrossEntropy,
            Distance = _options.Loss.DistillationWeight > 0 ? sums.MeanDistance : null,
            GradientNorm = norm,
            LearningRate = rate,
            TokensPerSecond = 0,
        };
    }

    // Windows spread evenly over the text; null where none of them predicts anything, or the work was stopped.
    private double? Validate(int most, long step, TrainingCheckpoint checkpoint, CancellationToken cancellation)
    {
        if (_validation is null) return null;
        var window = _validation.Window;
        var windows = Math.Min(most, _validation.WindowCount);
        var sums = default(LossSums);
        for (var first = 0; first < windows; first += _options.BatchSize)
        {
            if (cancellation.IsCancellationRequested) return null;
            var count = Math.Min(_options.BatchSize, windows - first);
            for (var i = 0; i < count; i++)
                _validation.Read((int)((long)(first + i) * _validation.WindowCount / windows), _tokens.AsSpan(i * window, window), _targets.AsSpan(i * window, window));
            sums += _engine.Loss(_tokens.AsSpan(0, count * window), _targets.AsSpan(0, count * window), window);
        }

        if (sums.Tokens == 0) return null;
        return double.IsFinite(sums.CrossEntropy) ? sums.MeanCrossEntropy : throw Diverged(step, sums.CrossEntropy, null, checkpoint);
    }

    private TrainingException Diverged(long step, double loss, double? norm, TrainingCheckpoint checkpoint)
    {
        var gradient = norm is { } value ? $" and the norm of its gradient {value}" : "";
        var left = checkpoint.Complete is [var latest, ..] ? $"{latest} holds the last good state" : "there is no checkpoint yet";
        return new TrainingException($"step {step}: the loss is {loss}{gradient}, so the run has diverged; {left}. "
            + $"Remove the checkpoints and start anew with a lower learning rate (half of {_options.Schedule.Peak}, say), a longer warm-up or a lower clipping norm");
    }
}
