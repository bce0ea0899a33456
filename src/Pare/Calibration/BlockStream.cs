using System.Runtime.InteropServices;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Calibration;

/// <summary>The residual stream of every calibration window, taken through a model block by block: one block's weights are needed at a time.</summary>
/// <remarks>A window starts at position 0 and sees nothing of the others. Memory: windows × length × hidden size floats, and one window's activations.</remarks>
internal sealed unsafe class BlockStream : IDisposable
{
    private readonly ModelConfig _config;
    private readonly TokenWindows _windows;
    private readonly ComputePool _pool;
    private readonly NativeBuffer<float> _stream;
    private readonly Workspace _workspace;
    private readonly long _windowLength;

    /// <summary>Starts behind the embedding.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="find">The weights of the embedding.</param>
    public BlockStream(ModelConfig config, TokenWindows windows, ComputePool pool, Func<ParameterId, Weight?> find)
        : this(config, windows, pool)
    {
        using var embedding = new Embedding(config, find);
        using var cache = Cache(config.Layers[0]);
        for (var i = 0; i < windows.Count; i++)
        {
            embedding.Lookup(pool, windows[i], [new SequenceRows(cache, windows.Window)], _workspace);
            Store(i);
        }
    }

    /// <summary>Starts where <see cref="Save"/> was called.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="saved">What was written, <see cref="FileBytes"/> bytes.</param>
    public BlockStream(ModelConfig config, TokenWindows windows, ComputePool pool, Stream saved)
        : this(config, windows, pool)
    {
        for (var i = 0; i < windows.Count; i++) saved.ReadExactly(MemoryMarshal.AsBytes(Span(i)));
    }

    private BlockStream(ModelConfig config, TokenWindows windows, ComputePool pool)
    {
        _config = config;
        _windows = windows;
        _pool = pool;
        _windowLength = (long)windows.Window * config.HiddenSize;
        _stream = new NativeBuffer<float>(_windowLength * windows.Count, zeroed: false);
        _workspace = new Workspace(config, windows.Window, quantizes: false);
    }

    /// <summary>Bytes of the streams in a file.</summary>
    public static long FileBytes(ModelConfig config, TokenWindows windows) => (long)windows.Count * windows.Window * config.HiddenSize * sizeof(float);

    /// <summary>Bytes that the streams and activations take.</summary>
    public static long Bytes(ModelConfig config, int windows, int length) =>
        (long)windows * length * config.HiddenSize * sizeof(float) + length * (Workspace.BytesPerToken(config, quantizes: false) + 2L * config.Layers.Max(layer => layer.KeyValueSize) * sizeof(float));

    /// <summary>[windows · length, hidden size]: what the next block reads.</summary>
    public float* Values => _stream.Pointer;

    /// <summary>Tokens of all windows.</summary>
    public long Tokens => (long)_windows.Count * _windows.Window;

    /// <summary>Writes the streams, window by window.</summary>
    public void Save(Stream file)
    {
        for (var i = 0; i < _windows.Count; i++) file.Write(MemoryMarshal.AsBytes(Span(i)));
    }

    /// <summary>Runs the block and shows what its linear maps read; the streams stay before the block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="index">Its index.</param>
    /// <param name="observer">Sees the inputs, window by window.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    public void Observe(DecoderBlock block, int index, IInputObserver observer, CancellationToken cancellation) => Run(block, index, observer, null, store: false, cancellation);

    /// <summary>Runs the block and shows its activations; the streams stay before the block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="index">Its index.</param>
    /// <param name="stage">Sees the activations, window by window, as of block 0.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <param name="most">Most windows, from the first on; null takes all.</param>
    public void Watch(DecoderBlock block, int index, IActivationStage stage, CancellationToken cancellation, int? most = null) =>
        Run(block, index, null, stage, store: false, cancellation, most);

    /// <summary>Runs the block over the beginning of the first window, and gives what it makes of the last quarter of that; the streams stay before the block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="index">Its index.</param>
    /// <param name="stage">Acts on the activations, as of block 0; or null.</param>
    /// <param name="most">Most tokens.</param>
    /// <returns>[tokens / 4, hidden size].</returns>
    public float[] Try(DecoderBlock block, int index, IActivationStage? stage, int most)
    {
        var tokens = Math.Min(most, _windows.Window);
        var runner = new BlockRunner(_config, _pool) { Stage = stage };
        using var cache = Cache(block.Config);
        Span(0)[..(tokens * _config.HiddenSize)].CopyTo(new Span<float>(_workspace.Stream, tokens * _config.HiddenSize));
        runner.Run(block, 0, [new SequenceRows(cache, tokens)], _workspace, tokens);
        return new ReadOnlySpan<float>(_workspace.Stream, tokens * _config.HiddenSize)[(tokens * 3 / 4 * _config.HiddenSize)..].ToArray();
    }

    /// <summary>Takes the streams through the block.</summary>
    /// <param name="block">The block; its heads and neurons may be fewer than the configuration's, and smaller.</param>
    /// <param name="index">Its index.</param>
    /// <param name="cancellation">Stops between two windows; the streams are then of no use.</param>
    /// <param name="stage">Sees the activations on the way, as of block 0; or null.</param>
    public void Advance(DecoderBlock block, int index, CancellationToken cancellation, IActivationStage? stage = null) => Run(block, index, null, stage, store: true, cancellation);

    public void Dispose()
    {
        _stream.Dispose();
        _workspace.Dispose();
    }

    private void Run(DecoderBlock block, int index, IInputObserver? observer, IActivationStage? stage, bool store, CancellationToken cancellation, int? most = null)
    {
        var runner = new BlockRunner(_config, _pool) { Observer = observer, Stage = stage };
        using var cache = Cache(block.Config);
        for (var i = 0; i < Math.Min(most ?? int.MaxValue, _windows.Count); i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Span(i).CopyTo(new Span<float>(_workspace.Stream, checked((int)_windowLength)));
            runner.Run(block, 0, [new SequenceRows(cache, _windows.Window)], _workspace, _windows.Window);
            if (store) Store(i);
        }
    }

    // Keys and values of one block only.
    private KvCache Cache(LayerConfig layer) => new(_config with { Layers = [layer] }, _windows.Window, ElementType.F32);

    private void Store(int window) => new ReadOnlySpan<float>(_workspace.Stream, checked((int)_windowLength)).CopyTo(Span(window));

    private Span<float> Span(int window) => _stream.Slice(window * _windowLength, checked((int)_windowLength));
}
