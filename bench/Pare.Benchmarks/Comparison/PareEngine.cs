using Pare.Formats;
using Pare.Models;
using Pare.Runtime;

namespace Pare.Benchmarks.Comparison;

/// <summary>Pare's runtime on the same file.</summary>
internal sealed class PareEngine : IComparedEngine
{
    private readonly Model _model;
    private readonly InferenceEngine _engine;
    private readonly KvCache _cache;
    private readonly float[] _hidden;
    private readonly float[] _logits;

    public PareEngine(string path, int contextLength, ComparisonOptions options, bool pinned = true)
    {
        _model = Model.Open(path);
        _engine = new InferenceEngine(_model, new EngineOptions { Threads = options.Threads, PinsThreads = pinned, KvCacheType = options.KvCache, Activations = options.Activations });
        _cache = _engine.CreateCache(contextLength);
        _hidden = new float[contextLength * _model.Config.HiddenSize];
        _logits = new float[_model.Config.VocabularySize];
        Settings = $"Pare, {options.Threads} {(pinned ? "pinned" : "free")} threads, {options.Activations} activations, KV {options.KvCache}";
    }

    public string Settings { get; }

    public long BytesPerToken => _engine.WeightBytesPerToken;

    public ReadOnlySpan<float> LastLogits => _logits;

    public void Prefill(ReadOnlySpan<int> tokens)
    {
        _cache.Truncate(0);
        Append(tokens);
    }

    public void Decode(int token) => Append([token]);

    public void Truncate(int position) => _cache.Truncate(position);

    // The workers stop spinning by themselves after about a millisecond.
    public void Rest() => Thread.Sleep(5);

    public void Dispose()
    {
        _cache.Dispose();
        _engine.Dispose();
        _model.Dispose();
    }

    private void Append(ReadOnlySpan<int> tokens)
    {
        var size = _model.Config.HiddenSize;
        var hidden = _hidden.AsSpan(0, tokens.Length * size);
        _engine.Forward(tokens, _cache, hidden);
        _engine.Logits(hidden[^size..], 1, _logits);
    }
}
