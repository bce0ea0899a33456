using Pare.Formats;

namespace Pare.Models;

/// <summary>Finds every parameter of a graph in a model's file and checks its shape and type.</summary>
internal static class WeightBinder
{
    public static Dictionary<ParameterId, Weight> Bind(ModelFile file, ModelGraph graph)
    {
        var names = file.Names(graph.Config.Architecture);
        var weights = new Dictionary<ParameterId, Weight>();
        foreach (var storage in StorageLayout.Build(graph.Config, graph.Parameters, names))
        {
            if (storage.Parts.Count > 1 && storage.Parts.All(part => file.Tensors.ContainsKey(part.Parameter.Name)))
            {
                BindParts(file, storage, weights);
                continue;
            }

            var stored = Find(file, storage);
            if (file.Compact(storage.Name) is { } map)
            {
                weights.Add(storage.Parts[0].Parameter.Id, Compact(file, storage, stored, map));
                continue;
            }

            var transposed = storage.Transposed && !file.HasRowLayout(storage.Name) && !file.IsGguf;
            Check(file, storage, stored, transposed);
            foreach (var part in storage.Parts)
                weights.Add(part.Parameter.Id, new Weight(part.Parameter, stored, part.Rows, transposed, storage.Offset));
        }

        return weights;
    }

    // Pare stores the parts of a fused tensor by themselves where their formats differ.
    private static void BindParts(ModelFile file, StorageTensor fused, Dictionary<ParameterId, Weight> weights)
    {
        foreach (var part in fused.Parts)
        {
            var storage = StorageLayout.Alone(part.Parameter);
            var stored = Find(file, storage);
            if (file.Compact(storage.Name) is { } map)
            {
                weights.Add(part.Parameter.Id, Compact(file, storage, stored, map));
                continue;
            }

            Check(file, storage, stored, transposed: false);
            weights.Add(part.Parameter.Id, new Weight(part.Parameter, stored, default, transposed: false, offset: 0));
        }
    }

    private static Weight Compact(ModelFile file, StorageTensor storage, StoredTensor stored, CompactMap map)
    {
        if (storage.Parts.Count != 1 || storage.IsVector || storage.Offset != 0) throw new ModelFormatException(file.Path, storage.Name, "is a compact matrix where the model has none of its own");
        if (map.Rows[^1] >= storage.Rows || map.Columns[^1] >= storage.Columns)
            throw new ModelFormatException(file.Path, storage.Name, $"has indices up to row {map.Rows[^1]} and column {map.Columns[^1]}, and the configuration makes it [{storage.Rows}, {storage.Columns}]");
        if (!stored.Type.IsWeightType()) throw new ModelFormatException(file.Path, storage.Name, $"holds {stored.Type} numbers, which are no weights");
        var parameter = storage.Parts[0].Parameter;
        var smaller = parameter with { Rows = map.Rows.Length, Columns = map.Columns.Length };
        return new Weight(parameter, new Weight(smaller, stored, default, transposed: false, offset: 0), map);
    }

    private static StoredTensor Find(ModelFile file, StorageTensor storage)
    {
        if (file.Tensors.TryGetValue(storage.Name, out var stored)) return stored;
        // A model saved without its head class has the same names without the first part.
        var dot = storage.Name.IndexOf('.', StringComparison.Ordinal);
        if (!file.IsGguf && dot > 0 && file.Tensors.TryGetValue(storage.Name[(dot + 1)..], out stored)) return stored;
        throw new ModelFormatException(file.Path, storage.Name, $"the tensor is missing (shape [{string.Join(", ", storage.Shape)}] by the configuration)");
    }

    private static void Check(ModelFile file, StorageTensor storage, StoredTensor stored, bool transposed)
    {
        long[] expected = storage.IsVector ? [storage.Columns] : transposed ? [storage.Columns, storage.Rows] : [storage.Rows, storage.Columns];
        if (!stored.Shape.AsSpan().SequenceEqual(expected))
        {
            throw new ModelFormatException(file.Path, storage.Name,
                $"has shape [{string.Join(", ", stored.Shape)}], the configuration makes it [{string.Join(", ", expected)}]");
        }

        if (!stored.Type.IsWeightType())
            throw new ModelFormatException(file.Path, storage.Name, $"holds {stored.Type} numbers, which are no weights");
    }
}
