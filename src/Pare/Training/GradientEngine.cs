using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Training;

/// <summary>Runs batches of sequences forward and backward through a <see cref="TrainableModel"/>. Not for concurrent use.</summary>
/// <remarks>Everything is float32; losses are summed in double precision. Results depend on the instruction set, not on the number of threads nor on whether blocks are run again.</remarks>
public sealed unsafe class GradientEngine : IDisposable
{
    private readonly IParameterView _model;
    private readonly bool _ownsPool;
    private readonly GradientOptions _options;
    private readonly LayerWork _work;
    private readonly TrainingBlock _runner;
    private readonly EmbeddingLayer _embedding;
    private readonly NormParameters? _finalNorm;
    private readonly HeadLoss _head;
    private readonly Dictionary<RopeConfig, RopeTable> _ropes = [];
    private BatchMemory? _batch;
    private NativeBuffer<float>? _streams;
    private BlockTape[] _tapes = [];
    private int _ropeLength;

    /// <summary>Prepares a model for training.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="options">Threads and memory; null takes the defaults.</param>
    public GradientEngine(TrainableModel model, GradientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (Model, _model, _options, _ownsPool) = (model, model, options ?? new GradientOptions(), true);
        Pool = new ComputePool(_options.Threads);
        (_work, _runner, _embedding, _finalNorm, _head) = Prepare(model, Pool);
    }

    /// <summary>Prepares slices of the model of another engine, with that engine's threads.</summary>
    internal GradientEngine(IParameterView slices, GradientEngine whole)
    {
        (Model, _model, _options, Pool) = (whole.Model, slices, whole._options, whole.Pool);
        (_work, _runner, _embedding, _finalNorm, _head) = Prepare(slices, Pool);
    }

    /// <summary>The model.</summary>
    public TrainableModel Model { get; }

    /// <summary>The threads; free for the caller's own work between calls.</summary>
    public ComputePool Pool { get; }

    /// <summary>Configuration of what runs: the model's, or that of slices of it.</summary>
    internal ModelConfig Config => _model.Config;

    /// <summary>Told the input and the output gradient of every linear site in every backward pass; null for nobody.</summary>
    public ISiteObserver? Observer
    {
        get => _work.Observer;
        set => _work.Observer = value;
    }

    /// <summary>Told what every block computes in every forward pass; null for nobody.</summary>
    internal IBlockObserver? BlockObserver { get; set; }

    /// <summary>Keeps what the head read in the last batch, so that its logits can be asked for later; null for nothing.</summary>
    internal EngineOutput? KeptOutput { get; set; }

    /// <summary>Whether the last batch's blocks were (or would be) run again in the backward pass, for want of memory.</summary>
    public bool Recomputes { get; private set; }

    /// <summary>The loss over a batch, without gradients.</summary>
    /// <param name="tokens">[sequences · length] token ids; every sequence starts at position 0.</param>
    /// <param name="targets">[sequences · length]: the token that came next, −1 where nothing is predicted.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="loss">The loss; null takes cross-entropy.</param>
    /// <param name="teacher">The teacher that the loss asks for.</param>
    /// <returns>Sums over the predicted tokens.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit, a token is outside the vocabulary, the context is too long, or the loss lacks a teacher.</exception>
    public LossSums Loss(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets, int length, LossOptions? loss = null, ITeacher? teacher = null)
    {
        var options = Check(tokens, targets, length, loss, teacher);
        var hidden = Forward(tokens, length, keep: false);
        KeptOutput?.Keep(hidden, tokens.Length);
        if (options.DistillationWeight > 0) teacher!.Run(tokens, length);
        return _head.Run(hidden, targets, options, teacher, 0, null);
    }

    /// <summary>The loss over a batch; its gradients, times a factor, are added to the model's.</summary>
    /// <param name="tokens">[sequences · length] token ids; every sequence starts at position 0.</param>
    /// <param name="targets">[sequences · length]: the token that came next, −1 where nothing is predicted.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="scale">Factor of the gradients of the summed loss: one over the predicted tokens of a step makes it the gradient of the mean.</param>
    /// <param name="loss">The loss; null takes cross-entropy.</param>
    /// <param name="teacher">The teacher that the loss asks for.</param>
    /// <returns>Sums over the predicted tokens, before the factor.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit, a token is outside the vocabulary, the context is too long, or the loss lacks a teacher.</exception>
    public LossSums Accumulate(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets, int length, float scale, LossOptions? loss = null, ITeacher? teacher = null)
    {
        var options = Check(tokens, targets, length, loss, teacher);
        var hidden = Forward(tokens, length, keep: true);
        KeptOutput?.Keep(hidden, tokens.Length);
        if (options.DistillationWeight > 0) teacher!.Run(tokens, length);
        var layers = _model.Config.Layers.Count;
        var gradient = Stream(layers + 2);
        var sums = _head.Run(hidden, targets, options, teacher, scale, gradient);
        if (_finalNorm is not null) NormLayer.Backward(_work, _finalNorm, Stream(layers), gradient, tokens.Length, gradient, accumulate: false);
        for (var i = layers - 1; i >= 0; i--)
        {
            var block = _model.Block(i);
            var rope = Rope(block.Config.Rope);
            // The last block's tape still holds what it left.
            if (Recomputes && i < layers - 1) _runner.Forward(block, rope, _tapes[0], _batch!, Stream(i), Stream(layers + 1));
            _runner.Backward(block, rope, _tapes[Recomputes ? 0 : i], _batch!, Stream(i), gradient);
        }

        _embedding.Backward(tokens, length, gradient);
        return sums;
    }

    /// <summary>Logits of a batch.</summary>
    /// <param name="tokens">[sequences · length] token ids.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="logits">[sequences · length, vocabulary].</param>
    /// <exception cref="ArgumentException">Lengths do not fit, a token is outside the vocabulary, or the context is too long.</exception>
    public void Logits(ReadOnlySpan<int> tokens, int length, Span<float> logits)
    {
        Check(tokens, tokens, length, null, null);
        if (logits.Length != (long)tokens.Length * _model.Config.VocabularySize)
            throw new ArgumentException($"expected room for {tokens.Length} × {_model.Config.VocabularySize} values, found {logits.Length}", nameof(logits));
        var hidden = Forward(tokens, length, keep: false);
        fixed (float* target = logits) _head.Logits(hidden, tokens.Length, target);
    }

    /// <summary>Stops the threads and frees what the engine holds; the model stays.</summary>
    public void Dispose()
    {
        foreach (var tape in _tapes) tape.Dispose();
        foreach (var rope in _ropes.Values) rope.Dispose();
        _batch?.Dispose();
        _streams?.Dispose();
        _work.Dispose();
        if (_ownsPool) Pool.Dispose();
    }

    private static (LayerWork, TrainingBlock, EmbeddingLayer, NormParameters?, HeadLoss) Prepare(IParameterView model, ComputePool pool)
    {
        var work = new LayerWork(pool);
        return (work, new TrainingBlock(model.Graph, work), new EmbeddingLayer(model, work), model.Norm(ParameterRole.FinalNorm),
            new HeadLoss(model.Config, model.Map(ParameterRole.Head)!, model.Map(ParameterRole.HeadProjection), work));
    }

    private LossOptions Check(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets, int length, LossOptions? loss, ITeacher? teacher)
    {
        var config = _model.Config;
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (tokens.IsEmpty || tokens.Length % length != 0) throw new ArgumentException($"{tokens.Length} tokens are no whole number of sequences of {length}", nameof(tokens));
        if (targets.Length != tokens.Length) throw new ArgumentException($"expected a target for each of {tokens.Length} tokens, found {targets.Length}", nameof(targets));
        if (config.Position == PositionKind.Learned && length > config.MaxPositionEmbeddings)
            throw new ArgumentException($"the model has learned {config.MaxPositionEmbeddings} positions, no more; use sequences of at most {config.MaxPositionEmbeddings} tokens", nameof(length));
        foreach (var token in tokens)
            if ((uint)token >= (uint)config.VocabularySize) throw new ArgumentException($"token {token} is outside the vocabulary of {config.VocabularySize}", nameof(tokens));
        foreach (var target in targets)
            if (target < -1 || target >= config.VocabularySize) throw new ArgumentException($"target {target} is outside the vocabulary of {config.VocabularySize}", nameof(targets));
        loss ??= LossOptions.CrossEntropy;
        loss.Check(teacher is not null);
        if (teacher is not null && loss.DistillationWeight > 0 && teacher.VocabularySize != config.VocabularySize)
            throw new ArgumentException($"the teacher's vocabulary has {teacher.VocabularySize} tokens and the student's {config.VocabularySize}; a teacher needs the same tokenizer", nameof(teacher));
        return loss;
    }

    /// <summary>Logits of what the head read.</summary>
    internal void LogitsOf(float* hidden, int n, float* logits) => _head.Logits(hidden, n, logits);

    private float* Stream(int index) => _streams!.Pointer + (long)index * _batch!.StreamLength;

    private RopeTable? Rope(RopeConfig? rope) => rope is null ? null : _ropes[rope];

    // Gives what the head reads; keeps the inputs of all blocks, and their tapes where there is room.
    private float* Forward(ReadOnlySpan<int> tokens, int length, bool keep)
    {
        Prepare(length, tokens.Length / length);
        var layers = _model.Config.Layers.Count;
        _embedding.Forward(tokens, length, Stream(0));
        for (var i = 0; i < layers; i++)
        {
            var block = _model.Block(i);
            var tape = _tapes[keep && !Recomputes ? i : 0];
            _runner.Forward(block, Rope(block.Config.Rope), tape, _batch!, Stream(i), Stream(i + 1));
            BlockObserver?.Observe(i, tape, tokens.Length, Stream(i), Stream(i + 1));
        }

        if (_finalNorm is null) return Stream(layers);
        NormLayer.Forward(_work, _finalNorm, Stream(layers), tokens.Length, Stream(layers + 1));
        return Stream(layers + 1);
    }

    private void Prepare(int length, int sequences)
    {
        if (_ropeLength != length)
        {
            foreach (var rope in _ropes.Values) rope.Dispose();
            _ropes.Clear();
            foreach (var rope in _model.Config.Layers.Select(layer => layer.Rope).OfType<RopeConfig>().Distinct()) _ropes.Add(rope, new RopeTable(rope, length));
            _ropeLength = length;
        }

        var layers = _model.Config.Layers.Count;
        var tokens = checked(length * sequences);
        Recomputes = ActivationMemory.Of(_model.Graph, length, sequences, _options.ActivationBytes, teacher: false).Recomputes;
        var tapes = Recomputes ? 1 : Math.Max(1, layers);
        if (_tapes.Length < tapes) _tapes = [.. _tapes, .. Enumerable.Range(0, tapes - _tapes.Length).Select(_ => new BlockTape())];
        if (_batch?.TryShape(length, sequences) == true) return;
        _batch?.Dispose();
        _batch = null;
        _streams?.Dispose();
        // Inputs of all blocks, output of the last one, what the head reads, and the gradient.
        _streams = new NativeBuffer<float>((long)(layers + 3) * tokens * _model.Config.HiddenSize, zeroed: false);
        _batch = new BatchMemory(_model.Config, tokens);
        _batch.TryShape(length, sequences);
    }
}
