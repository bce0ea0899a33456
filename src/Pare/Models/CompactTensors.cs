using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Models;

/// <summary>Matrices in safetensors of which only the rows and columns that are not 0 are stored, with their indices beside them; named by pare.json.</summary>
internal static class CompactTensors
{
    /// <summary>Key of pare.json: list of names. Beside tensor NAME lie NAME.rows and NAME.columns, I32, ascending.</summary>
    public const string Key = "compactTensors";

    /// <summary>Name of the tensor of a matrix' row indices.</summary>
    public static string RowsOf(string name) => name + ".rows";

    /// <summary>Name of the tensor of a matrix' column indices.</summary>
    public static string ColumnsOf(string name) => name + ".columns";

    /// <summary>An index tensor to write.</summary>
    public static OutgoingTensor Indices(string name, int[] indices) =>
        new(name, ElementType.I32, [indices.Length], stream => stream.Write(MemoryMarshal.AsBytes<int>(indices)));

    /// <summary>Reads the indices of all compact matrices.</summary>
    /// <exception cref="ModelFormatException">The list or a tensor is damaged.</exception>
    public static IReadOnlyDictionary<string, CompactMap> Read(string file, JsonObject provenance, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        var result = new Dictionary<string, CompactMap>();
        if (provenance[Key] is null) return result;
        if (provenance[Key] is not JsonArray list) throw new ModelFormatException(file, Key, "expected a list of names");
        foreach (var entry in list)
        {
            if (entry is not JsonValue value || !value.TryGetValue(out string? name)) throw new ModelFormatException(file, Key, "expected a list of names");
            if (!tensors.TryGetValue(name, out var matrix) || matrix.Shape.Length != 2) throw new ModelFormatException(file, name, "is listed as a compact matrix and is none");
            var map = new CompactMap(Indices(file, RowsOf(name), tensors, matrix.Rows), Indices(file, ColumnsOf(name), tensors, matrix.Columns));
            if (!result.TryAdd(name, map)) throw new ModelFormatException(file, name, "is listed twice");
        }

        return result;
    }

    private static int[] Indices(string file, string name, IReadOnlyDictionary<string, StoredTensor> tensors, long expected)
    {
        if (!tensors.TryGetValue(name, out var tensor)) throw new ModelFormatException(file, name, "the indices of a compact matrix are missing");
        if (tensor.Type != ElementType.I32 || tensor.Shape.Length != 1 || tensor.Columns != expected || expected == 0)
            throw new ModelFormatException(file, name, $"holds {tensor.Columns} {tensor.Type} numbers, and {expected} I32 indices belong to the matrix");
        var indices = MemoryMarshal.Cast<byte, int>(tensor.RowBytes(0)).ToArray();
        for (var i = 0; i < indices.Length; i++)
            if (indices[i] < 0 || (i > 0 && indices[i] <= indices[i - 1])) throw new ModelFormatException(file, name, $"index {i} is {indices[i]}; expected ascending indices from 0 on");
        return indices;
    }
}
