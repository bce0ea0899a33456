using Pare.Formats;
using Pare.Formats.Blocks;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Keys and values of one sequence, per layer [key-value heads, capacity, head size].</summary>
/// <remarks>Memory is reserved for the whole capacity and becomes resident as positions are filled.</remarks>
public sealed unsafe class KvCache : IDisposable
{
    private readonly NativeBuffer<byte> _data;
    private readonly long[] _keys;
    private readonly long[] _values;
    private readonly Dictionary<RopeConfig, RopeTable> _tables = [];
    private readonly RopeTable?[] _ropeOfLayer;
    private readonly int[] _headSizes;

    internal KvCache(ModelConfig config, int capacity, ElementType type)
    {
        CheckMemory(config, capacity, type);
        Capacity = capacity;
        Type = type;
        _keys = new long[config.Layers.Count];
        _values = new long[config.Layers.Count];
        _ropeOfLayer = new RopeTable?[config.Layers.Count];
        _headSizes = [.. config.Layers.Select(layer => layer.HeadSize)];
        long bytes = 0;
        for (var i = 0; i < config.Layers.Count; i++)
        {
            var layer = config.Layers[i];
            var size = checked(type.RowBytes(layer.KeyValueSize) * capacity);
            _keys[i] = bytes;
            _values[i] = bytes + size;
            bytes = checked(bytes + 2 * size);
            if (layer is not { HasAttention: true, Rope: { } rope }) continue;
            if (!_tables.TryGetValue(rope, out var table)) _tables.Add(rope, table = new RopeTable(rope, capacity));
            _ropeOfLayer[i] = table;
        }

        // Not cleared: a position is written before it is read, and pages become resident as that happens.
        _data = new NativeBuffer<byte>(Math.Max(bytes, 1), zeroed: false, hugePages: false);
        Config = config;
    }

    /// <summary>The model that the cache is made for.</summary>
    internal ModelConfig Config { get; }

    /// <summary>Tokens in the cache.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens that fit.</summary>
    public int Capacity { get; }

    /// <summary>How keys and values are written.</summary>
    public ElementType Type { get; }

    /// <summary>Bytes reserved for keys and values.</summary>
    public long ByteLength => _data.Length;

    /// <summary>Forgets the tokens behind a position.</summary>
    /// <param name="length">Tokens to keep, at most <see cref="Length"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than there are, or a negative number.</exception>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _data.Dispose();
        foreach (var table in _tables.Values) table.Dispose();
    }

    internal void Append(int tokens) => Length += tokens;

    internal RopeTable? Rope(int layer) => _ropeOfLayer[layer];

    /// <summary>First key of a head; keys of a head follow each other.</summary>
    internal byte* Keys(int layer, int head) => _data.Pointer + _keys[layer] + HeadBytes(layer) * head;

    /// <summary>First value of a head; values of a head follow each other.</summary>
    internal byte* Values(int layer, int head) => _data.Pointer + _values[layer] + HeadBytes(layer) * head;

    /// <summary>Writes key and value of one token and head.</summary>
    internal void Store(int layer, int head, int position, float* key, float* value)
    {
        var bytes = Type.RowBytes(_headSizes[layer]);
        Encode(key, _headSizes[layer], Keys(layer, head) + position * bytes);
        Encode(value, _headSizes[layer], Values(layer, head) + position * bytes);
    }

    // Memory is only reserved, so that the system would grant more than there is and kill the process as positions are filled.
    private static void CheckMemory(ModelConfig config, int capacity, ElementType type)
    {
        var needed = (Int128)capacity * 2 * config.Layers.Sum(layer => type.RowBytes(layer.KeyValueSize));
        var there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed <= there) return;
        throw new InsufficientMemoryException(
            $"keys and values of {capacity} tokens in {type} are {(double)needed / 1e9:F1} GB, more than the machine's {there / 1e9:F1} GB; ask for a shorter context, or keep them in Q8_0 (0.27 of F32)");
    }

    private void Encode(float* values, int count, byte* stored)
    {
        var source = new ReadOnlySpan<float>(values, count);
        switch (Type)
        {
            case ElementType.F32: source.CopyTo(new Span<float>((float*)stored, count)); break;
            case ElementType.F16: HalfConversion.ToHalf(source, new Span<Half>(stored, count)); break;
            default:
                for (var i = 0; i < count; i += 32) BlockQ8_0.Quantize(source.Slice(i, 32), out ((BlockQ8_0*)stored)[i / 32]);
                break;
        }
    }

    private long HeadBytes(int layer) => Type.RowBytes(_headSizes[layer]) * Capacity;
}
