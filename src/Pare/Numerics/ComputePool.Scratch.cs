namespace Pare.Numerics;

public sealed unsafe partial class ComputePool
{
    private const int ScratchSlots = 2;
    private readonly NativeBuffer<float>?[] _scratch = new NativeBuffer<float>?[ScratchSlots];

    /// <summary>Memory that belongs to the pool and serves one piece of work at a time; it grows and is freed with the pool.</summary>
    /// <param name="slot">Which of the pool's two buffers.</param>
    /// <param name="length">Floats needed.</param>
    /// <returns>At least <paramref name="length"/> floats of undefined content, aligned to 64 bytes, valid until a longer request for the slot.</returns>
    internal float* Scratch(int slot, long length)
    {
        ObjectDisposedException.ThrowIf(_stop, this);
        var buffer = _scratch[slot];
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            _scratch[slot] = null;
            _scratch[slot] = buffer = new NativeBuffer<float>(length, zeroed: false);
        }

        return buffer.Pointer;
    }

    private void FreeScratch()
    {
        foreach (var buffer in _scratch) buffer?.Dispose();
    }
}
