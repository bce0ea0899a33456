using Pare.Formats;
using Pare.Numerics;

namespace Pare.Models.Writing;

/// <summary>Composes the tensors of a model file from parameters: fuses, permutes, transposes and offsets them as the file's names want it.</summary>
/// <param name="pool">Threads that encode.</param>
/// <param name="cancellation">Stops the writing.</param>
/// <param name="mostTransposed">Most values held at once where a matrix is transposed; one column of the file's is held in any case.</param>
internal sealed class TensorComposer(ComputePool pool, CancellationToken cancellation, int mostTransposed = 1 << 24)
{
    private readonly RowEncoder _encoder = new(pool, cancellation);

    /// <summary>A tensor for a GGUF file, or a plain one for safetensors.</summary>
    /// <param name="storage">What is stored together, and how.</param>
    /// <param name="sources">The parts in the order of <see cref="StorageTensor.Parts"/>.</param>
    /// <param name="type">Type to store in.</param>
    public OutgoingTensor Compose(StorageTensor storage, IReadOnlyList<WeightSource> sources, ElementType type)
    {
        if (storage.IsVector) return Tensor(storage.Name, type, type, storage.Shape, stream => WriteVector(stream, storage, sources, type));
        if (storage.Transposed) return Tensor(storage.Name, type, type, storage.Shape, stream => WriteTransposed(stream, storage, sources, type));
        return Tensor(storage.Name, type, type, [storage.Rows, storage.Columns],
            stream => _encoder.Write(stream, type, sources, storage.RowOrigins(), storage.Offset));
    }

    /// <summary>A matrix in a block format for safetensors: bytes [rows, bytes of a row], always [outputs, inputs].</summary>
    public OutgoingTensor ComposePacked(StorageTensor storage, IReadOnlyList<WeightSource> sources, ElementType type) =>
        Tensor(storage.Name, type, ElementType.U8, [storage.Rows, type.RowBytes(storage.Columns)],
            stream => _encoder.Write(stream, type, sources, storage.RowOrigins(), storage.Offset));

    // What the codec refuses (a value that is not finite, or too large for the type) is said with the tensor's name.
    private static OutgoingTensor Tensor(string name, ElementType type, ElementType container, long[] shape, Action<Stream> write) => new(name, container, shape, stream =>
    {
        try
        {
            write(stream);
        }
        catch (ArgumentException e)
        {
            throw new ExportException($"storing {name} as {type.Label()}: {e.Message}");
        }
    });

    private static void WriteVector(Stream stream, StorageTensor storage, IReadOnlyList<WeightSource> sources, ElementType type)
    {
        var only = sources[0];
        if (sources.Count == 1 && only.HasStoredRows && only.Type == type && storage.Offset == 0 && storage.Parts[0].Rows.IsContiguous)
        {
            stream.Write(only.StoredRow(0));
            return;
        }

        var parts = new float[sources.Count][];
        for (var i = 0; i < parts.Length; i++) sources[i].Read(0, parts[i] = new float[sources[i].Parameter.Columns]);
        var origins = storage.RowOrigins();
        var values = new float[origins.Length];
        for (var i = 0; i < values.Length; i++) values[i] = parts[origins[i].Part][origins[i].Row] + storage.Offset;
        var bytes = new byte[type.RowBytes(values.Length)];
        WeightCodec.Quantize(type, values, bytes);
        stream.Write(bytes);
    }

    private void WriteTransposed(Stream stream, StorageTensor storage, IReadOnlyList<WeightSource> sources, ElementType type)
    {
        var (rows, columns) = (storage.Rows, storage.Columns);
        // A band of columns at a time, so that a large matrix is never a second time in memory.
        var band = Math.Clamp(mostTransposed / rows, 1, columns);
        var transposed = new float[checked(rows * band)];
        var row = new float[columns];
        var bytes = new byte[type.RowBytes(rows)];
        var origins = storage.RowOrigins();
        for (var first = 0; first < columns; first += band)
        {
            var count = Math.Min(band, columns - first);
            for (var r = 0; r < rows; r++)
            {
                cancellation.ThrowIfCancellationRequested();
                sources[origins[r].Part].Read(origins[r].Row, row);
                for (var c = 0; c < count; c++) transposed[(c * rows) + r] = row[first + c] + storage.Offset;
            }

            for (var c = 0; c < count; c++)
            {
                WeightCodec.Quantize(type, transposed.AsSpan(c * rows, rows), bytes);
                stream.Write(bytes);
            }
        }
    }
}
