using System.Buffers;
using Pare.Formats;
using Pare.Numerics;

namespace Pare.Models.Writing;

/// <summary>Writes the rows of a stored tensor to a stream, panel after panel, the rows of a panel in parallel.</summary>
/// <remarks>A row's bytes depend on that row alone, so the result is the same with any number of threads.</remarks>
internal sealed class RowEncoder(ComputePool pool, CancellationToken cancellation)
{
    private const int PanelBytes = 4 << 20;
    private const int RowsPerPart = 8;
    private readonly float[][] _scratch = new float[pool.Threads][];

    /// <summary>Encodes every row.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="type">Type to write.</param>
    /// <param name="parts">The parameters behind the rows.</param>
    /// <param name="origins">Part and row of it behind each stored row.</param>
    /// <param name="offset">Added to every value.</param>
    /// <param name="measure">Receives every encoded row, or null.</param>
    public void Write(Stream stream, ElementType type, IReadOnlyList<WeightSource> parts, (int Part, int Row)[] origins, float offset, EncodingError? measure = null)
    {
        var columns = parts[0].Parameter.Columns;
        var rowBytes = checked((int)type.RowBytes(columns));
        var panelRows = Math.Clamp(PanelBytes / Math.Max(rowBytes, 1), 1, Math.Max(origins.Length, 1));
        var panel = ArrayPool<byte>.Shared.Rent(checked(panelRows * rowBytes));
        for (var i = 0; i < _scratch.Length; i++)
        {
            if (_scratch[i] is null || _scratch[i].Length < columns) _scratch[i] = new float[columns];
        }

        try
        {
            for (var first = 0; first < origins.Length; first += panelRows)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = Math.Min(panelRows, origins.Length - first);
                var body = new EncodeRows(parts, origins, first, count, type, columns, rowBytes, offset, panel, _scratch, measure);
                pool.For((count + RowsPerPart - 1) / RowsPerPart, body);
                stream.Write(panel, 0, count * rowBytes);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(panel);
        }
    }

    private readonly struct EncodeRows(
        IReadOnlyList<WeightSource> parts, (int Part, int Row)[] origins, int first, int count, ElementType type,
        int columns, int rowBytes, float offset, byte[] panel, float[][] scratch, EncodingError? measure) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var end = Math.Min((part + 1) * RowsPerPart, count);
            for (var i = part * RowsPerPart; i < end; i++)
            {
                var (index, row) = origins[first + i];
                var source = parts[index];
                var destination = panel.AsSpan(i * rowBytes, rowBytes);
                if (source.HasStoredRows && source.Type == type && offset == 0)
                {
                    source.StoredRow(row).CopyTo(destination);
                    continue;
                }

                var values = scratch[worker].AsSpan(0, columns);
                source.Read(row, values);
                if (offset != 0) System.Numerics.Tensors.TensorPrimitives.Add(values, offset, values);
                WeightCodec.Quantize(type, values, destination);
                measure?.Add(first + i, type, values, destination);
            }
        }
    }
}
