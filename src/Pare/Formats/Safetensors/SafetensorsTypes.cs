namespace Pare.Formats;

/// <summary>The names that safetensors gives to the plain element types.</summary>
internal static class SafetensorsTypes
{
    /// <summary>The type of a name in a header.</summary>
    /// <param name="name">As it stands in the file, such as <c>BF16</c>.</param>
    /// <param name="type">The type, if the name is known.</param>
    /// <returns>Whether Pare knows the name.</returns>
    public static bool TryParse(string name, out ElementType type)
    {
        ElementType? found = name switch
        {
            "F64" => ElementType.F64,
            "F32" => ElementType.F32,
            "F16" => ElementType.F16,
            "BF16" => ElementType.BF16,
            "F8_E4M3" => ElementType.F8E4M3,
            "F8_E5M2" => ElementType.F8E5M2,
            "I64" => ElementType.I64,
            "I32" => ElementType.I32,
            "I16" => ElementType.I16,
            "I8" => ElementType.I8,
            "U64" => ElementType.U64,
            "U32" => ElementType.U32,
            "U16" => ElementType.U16,
            "U8" => ElementType.U8,
            "BOOL" => ElementType.Bool,
            _ => null,
        };
        type = found ?? default;
        return found is not null;
    }

    /// <summary>The name of a type in a header.</summary>
    /// <param name="type">A plain type.</param>
    /// <returns>The name.</returns>
    /// <exception cref="ArgumentException">The type is a block format, which safetensors does not have.</exception>
    public static string Name(ElementType type) => type switch
    {
        ElementType.F8E4M3 => "F8_E4M3",
        ElementType.F8E5M2 => "F8_E5M2",
        ElementType.Bool => "BOOL",
        _ when type.IsBlockFormat() => throw new ArgumentException($"safetensors has no type for {type} blocks; store them as U8 of [rows, bytes per row]", nameof(type)),
        _ => type.ToString(),
    };
}
