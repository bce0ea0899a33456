using Pare.Numerics;

namespace Pare.Training;

/// <summary>What layers share while they run: the threads, scratch memory by purpose, and who watches the linear sites.</summary>
internal sealed unsafe class LayerWork(ComputePool pool) : IDisposable
{
    /// <summary>x·Aᵀ of a low-rank correction.</summary>
    public const int LowRank = 0;

    /// <summary>Its gradient.</summary>
    public const int LowRankGradient = 1;

    /// <summary>Partial sums over tokens.</summary>
    public const int PartialSums = 2;

    /// <summary>Tiles of attention scores.</summary>
    public const int AttentionTiles = 3;

    /// <summary>Logits of some tokens.</summary>
    public const int Logits = 4;

    /// <summary>Logits of the same tokens that are needed again: the teacher's, the student's, the capped ones.</summary>
    public const int LogitCopies = 5;

    /// <summary>What the head reads, where a projection stands before it.</summary>
    public const int Projected = 6;

    /// <summary>Gradient of that.</summary>
    public const int ProjectedGradient = 7;

    private readonly NativeBuffer<float>?[] _buffers = new NativeBuffer<float>?[8];

    /// <summary>The threads.</summary>
    public ComputePool Pool => pool;

    /// <summary>Told the input and the output gradient of every linear site, or null.</summary>
    public ISiteObserver? Observer { get; set; }

    /// <summary>Memory of undefined content, valid until the next request for the same purpose.</summary>
    /// <param name="purpose">One of the constants.</param>
    /// <param name="length">Floats.</param>
    /// <returns>At least <paramref name="length"/> floats.</returns>
    public float* Floats(int purpose, long length)
    {
        if (_buffers[purpose] is { } buffer && buffer.Length >= length) return buffer.Pointer;
        _buffers[purpose]?.Dispose();
        _buffers[purpose] = null;
        return (_buffers[purpose] = new NativeBuffer<float>(length, zeroed: false)).Pointer;
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers) buffer?.Dispose();
    }
}
