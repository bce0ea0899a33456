using Pare.Formats.Sparse;
using Pare.Formats.Tables;

namespace Pare.Formats;

public static partial class ElementTypes
{
    private static readonly Dictionary<string, ElementType> ByName =
        Enum.GetValues<ElementType>().ToDictionary(type => type.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The name as it is written in commands and recipes: lower case, as <c>q4_k</c> or <c>bf16</c>.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>The name, which <see cref="Parse"/> reads back.</returns>
    public static string Name(this ElementType type) => type.Label().ToLowerInvariant();

    /// <summary>The name as it is written in messages and in pare.json: <c>Q4_K</c>, <c>BF16</c>, and for sparse formats <c>2:4-int8</c>.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>The name, which <see cref="Parse"/> reads back.</returns>
    public static string Label(this ElementType type) => SparseFormat.IsSparse(type) ? SparseFormat.Of(type).ToString() : TableFormat.IsTable(type) ? TableFormat.Of(type).ToString() : type.ToString();

    /// <summary>Reads a type's name in either case.</summary>
    /// <param name="name">A name such as <c>q4_k</c>, <c>Q8_0</c> or <c>bf16</c>.</param>
    /// <returns>The type.</returns>
    /// <exception cref="FormatException">No type has that name; the message lists all.</exception>
    public static ElementType Parse(string name) =>
        TryParse(name, out var type)
            ? type
            : throw new FormatException($"'{name}' names no element type; expected one of {string.Join(", ", ByName.Values.Select(Name))}, a sparse format such as 2:4-int8, or one with tables such as lut4");

    /// <summary>Reads a type's name in either case.</summary>
    /// <param name="name">A name such as <c>q4_k</c>, <c>Q8_0</c> or <c>bf16</c>.</param>
    /// <param name="type">The type, where the name is known.</param>
    /// <returns>Whether it is.</returns>
    public static bool TryParse(string name, out ElementType type)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (ByName.TryGetValue(name, out type)) return true;
        if (TableFormat.TryParse(name, out var table)) type = table!.Type;
        else if (SparseFormat.TryParse(name, out var sparse)) type = sparse!.Type;
        else return false;
        return true;
    }
}
