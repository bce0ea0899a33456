using Pare.Formats;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>Tensors that sub-networks in memory consist of, kept for others of the same model and order that have the same. Not for concurrent use.</summary>
/// <param name="mostBytes">Bytes up to which tensors are kept that the latest sub-network does not have; its own stay in any case.</param>
internal sealed class KeptTensors(long mostBytes) : IDisposable
{
    private readonly Dictionary<string, Entry> _entries = [];
    private long _bytes;
    private long _turn;

    /// <summary>Tensors that were made so far, and those that were there already.</summary>
    public (int Made, int Found) Counts { get; private set; }

    /// <summary>A sub-network begins; those before it are gone.</summary>
    public void Begin() => _turn++;

    /// <summary>The bytes of a tensor.</summary>
    /// <param name="name">All that its content depends on.</param>
    /// <param name="tensor">Makes it where it is not there.</param>
    public unsafe NativeBuffer<byte> Get(string name, OutgoingTensor tensor)
    {
        if (_entries.TryGetValue(name, out var known))
        {
            known.Used = _turn;
            Counts = Counts with { Found = Counts.Found + 1 };
            return known.Memory;
        }

        while (_bytes + tensor.ByteLength > mostBytes && _entries.Keys.Where(other => _entries[other].Used < _turn).MinBy(other => _entries[other].Used) is { } oldest)
        {
            _entries.Remove(oldest, out var entry);
            _bytes -= entry!.Memory.Length;
            entry.Memory.Dispose();
        }

        var memory = new NativeBuffer<byte>(tensor.ByteLength, zeroed: false);
        try
        {
            using var stream = new UnmanagedMemoryStream(memory.Pointer, tensor.ByteLength, tensor.ByteLength, FileAccess.Write);
            tensor.Write(stream);
        }
        catch
        {
            memory.Dispose();
            throw;
        }

        _entries.Add(name, new Entry(memory) { Used = _turn });
        _bytes += tensor.ByteLength;
        Counts = Counts with { Made = Counts.Made + 1 };
        return memory;
    }

    public void Dispose()
    {
        foreach (var entry in _entries.Values) entry.Memory.Dispose();
        _entries.Clear();
    }

    private sealed class Entry(NativeBuffer<byte> memory)
    {
        public NativeBuffer<byte> Memory => memory;

        public long Used { get; set; }
    }
}
