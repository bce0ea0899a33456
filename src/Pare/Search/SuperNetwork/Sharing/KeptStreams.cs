using Pare.Numerics;

namespace Pare.Search;

/// <summary>The residual streams behind some first blocks, window by window as they become known.</summary>
internal sealed class KeptStreams : IDisposable
{
    private readonly NativeBuffer<float> _values;
    private readonly bool[] _isKnown;
    private readonly int _windowValues;

    /// <param name="prefix">The blocks.</param>
    /// <param name="level">Index of the last of them.</param>
    /// <param name="windows">Number of windows.</param>
    /// <param name="windowValues">Numbers of a window's streams.</param>
    public KeptStreams(string prefix, int level, int windows, int windowValues)
    {
        (Prefix, Level, _windowValues) = (prefix, level, windowValues);
        _values = new NativeBuffer<float>((long)windows * windowValues, zeroed: false);
        _isKnown = new bool[windows];
    }

    /// <summary>The blocks.</summary>
    public string Prefix { get; }

    /// <summary>Index of the last of them.</summary>
    public int Level { get; }

    /// <summary>Bytes.</summary>
    public long ByteLength => _values.Length * sizeof(float);

    /// <summary>Whether a window's streams are complete.</summary>
    public bool IsKnown(int window) => _isKnown[window];

    /// <summary>Says that they are.</summary>
    public void Complete(int window) => _isKnown[window] = true;

    /// <summary>Some of a window's numbers.</summary>
    public Span<float> Values(int window, int start, int count) => _values.Slice((long)window * _windowValues + start, count);

    public void Dispose() => _values.Dispose();
}
