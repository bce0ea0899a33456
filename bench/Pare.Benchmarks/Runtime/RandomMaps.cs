using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Benchmarks.Runtime;

/// <summary>Linear maps of one shape with random weights, so many that they fill some megabytes.</summary>
internal sealed unsafe class RandomMaps : IDisposable
{
    private const int DifferentRows = 64;
    private readonly List<NativeBuffer<byte>> _copies = [];
    private readonly NativeBuffer<byte>? _packed;

    /// <param name="pool">The threads.</param>
    /// <param name="type">Format of the weights.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="workingSet">Bytes of all maps together, about.</param>
    /// <param name="layout">How they are laid down.</param>
    public RandomMaps(ComputePool pool, ElementType type, int rows, int columns, long workingSet, WeightLayout layout = default)
    {
        var bytes = type.RowBytes(columns) * rows;
        var count = (int)Math.Clamp(workingSet / bytes, 1, 256);
        using var stored = new NativeBuffer<byte>(bytes);
        var random = new Random(1);
        var numbers = new float[columns];
        var rowBytes = (int)type.RowBytes(columns);
        for (var row = 0L; row < rows; row++)
        {
            var target = stored.Slice(row * rowBytes, rowBytes);
            if (row >= DifferentRows)
            {
                stored.Slice(row % DifferentRows * rowBytes, rowBytes).CopyTo(target);
                continue;
            }

            foreach (ref var number in numbers.AsSpan()) number = (float)random.NextDouble() - 0.5f;
            WeightCodec.Quantize(type, numbers, target);
        }

        for (var i = 0; i < count; i++)
        {
            var copy = new NativeBuffer<byte>(bytes, zeroed: false);
            Buffer.MemoryCopy(stored.Pointer, copy.Pointer, bytes, bytes);
            _copies.Add(copy);
            var parameter = new Parameter { Id = new ParameterId(ParameterRole.Up, 0), Rows = rows, Columns = columns, IsVector = false, Name = "random" };
            var map = new Linear(new Weight(parameter, new StoredTensor("random", type, [rows, columns], copy.Pointer, copy.Length, copy), default, false, 0), null);
            map.Prefer(layout);
            Maps.Add(map);
        }

        _packed = PackedWeights.Pack(pool, Maps);
    }

    /// <summary>The maps.</summary>
    public List<Linear> Maps { get; } = [];

    public void Dispose()
    {
        foreach (var map in Maps) map.Dispose();
        foreach (var copy in _copies) copy.Dispose();
        _packed?.Dispose();
    }
}
