namespace Pare.Models;

/// <summary>One parameter's place in a stored tensor.</summary>
internal sealed record StoragePart(Parameter Parameter, RowMap Rows);

/// <summary>A tensor of a model file and the parameters that it holds.</summary>
internal sealed record StorageTensor
{
    public required string Name { get; init; }

    /// <summary>Rows and columns in Pare's orientation, [outputs, inputs].</summary>
    public required int Rows { get; init; }

    public required int Columns { get; init; }

    public required bool IsVector { get; init; }

    /// <summary>Whether the file has it as [inputs, outputs].</summary>
    public required bool Transposed { get; init; }

    /// <summary>What the stored values are larger by.</summary>
    public required float Offset { get; init; }

    public required IReadOnlyList<StoragePart> Parts { get; init; }

    /// <summary>Shape as the file has it.</summary>
    public long[] Shape => IsVector ? [Columns] : Transposed ? [Columns, Rows] : [Rows, Columns];

    /// <summary>Part and row of it behind each stored row.</summary>
    public (int Part, int Row)[] RowOrigins()
    {
        var origins = new (int, int)[IsVector ? Columns : Rows];
        for (var p = 0; p < Parts.Count; p++)
        {
            var parameter = Parts[p].Parameter;
            var count = IsVector ? parameter.Columns : parameter.Rows;
            for (var row = 0; row < count; row++) origins[Parts[p].Rows[row]] = (p, row);
        }

        return origins;
    }
}
