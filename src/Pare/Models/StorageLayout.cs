namespace Pare.Models;

/// <summary>Lays the parameters of a model out in the tensors of a format, by a family's table of names.</summary>
internal static class StorageLayout
{
    /// <summary>The stored tensors in the order of the model.</summary>
    public static IReadOnlyList<StorageTensor> Build(ModelConfig config, IReadOnlyList<Parameter> parameters, IReadOnlyDictionary<ParameterRole, ModuleName> names)
    {
        var tensors = new List<StorageTensor>();
        foreach (var group in parameters.GroupBy(parameter => names[parameter.Id.Role].NameOf(parameter.Id)))
        {
            var parts = group.Select(parameter => new StoragePart(parameter, MapRows(config, parameter, names[parameter.Id.Role]))).ToList();
            var first = parts[0].Parameter;
            var name = names[first.Id.Role];
            tensors.Add(new StorageTensor
            {
                Name = group.Key,
                IsVector = first.IsVector,
                Rows = first.IsVector ? 1 : parts.Sum(part => part.Parameter.Rows),
                Columns = first.IsVector ? parts.Sum(part => part.Parameter.Columns) : first.Columns,
                Transposed = name.Transposed && !first.IsVector,
                Offset = name.Offset,
                Parts = parts,
            });
        }

        return tensors;
    }

    /// <summary>A matrix of its own, as [outputs, inputs], under the parameter's name.</summary>
    public static StorageTensor Alone(Parameter parameter) => new()
    {
        Name = parameter.Name,
        IsVector = parameter.IsVector,
        Rows = parameter.Rows,
        Columns = parameter.Columns,
        Transposed = false,
        Offset = 0,
        Parts = [new StoragePart(parameter, default)],
    };

    private static RowMap MapRows(ModelConfig config, Parameter parameter, ModuleName name)
    {
        var (role, index, _) = parameter.Id;
        var interleaved = 0;
        if (name.RotaryInterleaved) interleaved = config.Layers[index].HeadSize;
        if (name.Fusion == Fusion.None) return new RowMap(InterleavedHead: interleaved);
        var layer = config.Layers[index];
        switch (name.Fusion)
        {
            case Fusion.GateUp:
                return new RowMap(role == ParameterRole.Up ? layer.FfnSize : 0);
            case Fusion.QueryKeyValue:
                return new RowMap(role switch
                {
                    ParameterRole.Query => 0,
                    ParameterRole.Key => layer.QuerySize,
                    _ => layer.QuerySize + layer.KeyValueSize,
                });
            default:
                var part = role switch { ParameterRole.Query => 0, ParameterRole.Key => 1, _ => 2 };
                return new RowMap(part * layer.HeadSize, layer.HeadSize, 3 * layer.HeadSize);
        }
    }
}
