using Pare.Runtime;

namespace Pare.Search;

/// <summary>One candidate on its way through the windows: starts each where streams are there, and leaves those that others will want.</summary>
/// <param name="kept">For each block the streams behind it, or null.</param>
/// <param name="hiddenSize">Channels of the residual stream.</param>
/// <param name="count">Told the blocks that a window ran, and those that it did not.</param>
internal sealed class PrefixRun(KeptStreams?[] kept, int hiddenSize, Action<int, int> count)
{
    private int _window = -1;
    private int _first;

    /// <summary>Begins a window.</summary>
    public void Begin(int window)
    {
        _window = window;
        _first = Array.FindLastIndex(kept, streams => streams?.IsKnown(window) == true) + 1;
        count(kept.Length - _first, _first);
    }

    /// <summary>Runs a stretch of the window.</summary>
    public void Forward(InferenceEngine engine, int start, ReadOnlySpan<int> tokens, KvCache cache, Span<float> hidden)
    {
        var streams = _first == 0 ? default : kept[_first - 1]!.Values(_window, start * hiddenSize, tokens.Length * hiddenSize);
        engine.ForwardFrom(_first, tokens, streams, cache, hidden, (block, at, values) =>
        {
            if (kept[block] is { } wanted) values.CopyTo(wanted.Values(_window, (start + at) * hiddenSize, values.Length));
        });
    }

    /// <summary>Ends the window: what it left is complete.</summary>
    public void End()
    {
        for (var block = _first; block < kept.Length; block++) kept[block]?.Complete(_window);
    }
}
