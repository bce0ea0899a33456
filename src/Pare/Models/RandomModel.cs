using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Numerics;

namespace Pare.Models;

/// <summary>A model of a shape with random weights in a format, in memory: its speed and size are those of a trained one.</summary>
public static unsafe class RandomModel
{
    /// <summary>Makes a model.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="format">Format of the matrices, embeddings included; norm weights are F32 and 1.</param>
    /// <param name="seed">Seed of the weights, which are normal with deviation 0.02.</param>
    /// <returns>The model; it has no tokenizer.</returns>
    /// <exception cref="ArgumentException">The format is not written, or its blocks do not divide the shape's rows.</exception>
    public static Model Create(ModelShape shape, ElementType format, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var json = shape.ToConfig();
        var (name, _, layout) = Lay(shape, format, json);
        long bytes = 0;
        foreach (var storage in layout) bytes += Aligned(Bytes(storage, format));
        var memory = new NativeBuffer<byte>(bytes, zeroed: false);
        try
        {
            var rows = new RandomRows(seed);
            var tensors = new Dictionary<string, StoredTensor>();
            long offset = 0;
            foreach (var storage in layout)
            {
                var type = storage.IsVector ? ElementType.F32 : Fitting(storage, format);
                var size = Bytes(storage, format);
                var data = memory.Pointer + offset;
                if (storage.IsVector) new Span<float>(data, storage.Columns).Fill(1);
                else rows.Fill(data, storage.Rows, storage.Columns, type);
                tensors.Add(storage.Name, new StoredTensor(storage.Name, type, storage.Shape, data, size, memory));
                offset += Aligned(size);
            }

            return Model.Load(new MemoryModelFile(name, json, tensors, memory));
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Name, configuration and bytes of the tensors of the model that <see cref="Create"/> would make, without making it.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Create"/>.</exception>
    internal static (string Name, ModelConfig Config, long WeightBytes) Outline(ModelShape shape, ElementType format)
    {
        var (name, config, layout) = Lay(shape, format, shape.ToConfig());
        return (name, config, layout.Sum(storage => Bytes(storage, format)));
    }

    private static (string Name, ModelConfig Config, IReadOnlyList<StorageTensor> Layout) Lay(ModelShape shape, ElementType format, JsonObject json)
    {
        if (!WeightCodec.CanWrite(format)) throw new ArgumentException($"random weights cannot be made as {format.Name()}, which Pare does not write", nameof(format));
        var name = $"{shape.Name} {format.Name()} (random weights)";
        var architecture = ArchitectureRegistry.All.First(family => family.ModelType == "llama");
        var graph = new ModelGraph(architecture.Read(new ConfigReader(name, json)));
        return (name, graph.Config, StorageLayout.Build(graph.Config, graph.Parameters, architecture.HuggingFaceNames));
    }

    private static long Aligned(long bytes) => (bytes + 63) / 64 * 64;

    private static ElementType Fitting(StorageTensor storage, ElementType format) => WeightCodec.Fallback(format, storage.Columns);

    private static long Bytes(StorageTensor storage, ElementType format) =>
        storage.IsVector ? storage.Columns * sizeof(float) : checked(Fitting(storage, format).RowBytes(storage.Columns) * storage.Rows);
}
