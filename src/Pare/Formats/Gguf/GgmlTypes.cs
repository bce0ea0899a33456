namespace Pare.Formats;

/// <summary>The numbers by which GGUF files name the types of tensors.</summary>
internal static class GgmlTypes
{
    private static readonly (uint Number, ElementType Type)[] s_types =
    [
        (0, ElementType.F32), (1, ElementType.F16), (2, ElementType.Q4_0), (3, ElementType.Q4_1), (6, ElementType.Q5_0), (7, ElementType.Q5_1),
        (8, ElementType.Q8_0), (10, ElementType.Q2_K), (11, ElementType.Q3_K), (12, ElementType.Q4_K), (13, ElementType.Q5_K), (14, ElementType.Q6_K),
        (20, ElementType.IQ4_NL), (24, ElementType.I8), (25, ElementType.I16), (26, ElementType.I32), (27, ElementType.I64), (28, ElementType.F64),
        (30, ElementType.BF16),
    ];

    private static readonly Dictionary<uint, ElementType> s_byNumber = s_types.ToDictionary(entry => entry.Number, entry => entry.Type);
    private static readonly Dictionary<ElementType, uint> s_byType = s_types.ToDictionary(entry => entry.Type, entry => entry.Number);

    /// <summary>The type of a number in a file.</summary>
    /// <param name="number">As it stands in the file.</param>
    /// <param name="type">The type, if Pare reads it.</param>
    /// <returns>Whether Pare reads it.</returns>
    public static bool TryParse(uint number, out ElementType type) => s_byNumber.TryGetValue(number, out type);

    /// <summary>The number of a type, or null where GGUF has none for it.</summary>
    /// <param name="type">The type.</param>
    /// <returns>The number.</returns>
    public static uint? Number(ElementType type) => s_byType.TryGetValue(type, out var number) ? number : null;

    /// <summary>What a number that Pare does not read is called, for a message.</summary>
    /// <param name="number">As it stands in the file.</param>
    /// <returns>The name with its number.</returns>
    public static string Describe(uint number)
    {
        var name = number switch
        {
            9 => "Q8_1",
            15 => "Q8_K",
            16 => "IQ2_XXS",
            17 => "IQ2_XS",
            18 => "IQ3_XXS",
            19 => "IQ1_S",
            21 => "IQ3_S",
            22 => "IQ2_S",
            23 => "IQ4_XS",
            29 => "IQ1_M",
            34 => "TQ1_0",
            35 => "TQ2_0",
            39 => "MXFP4",
            _ => null,
        };
        return name is null ? $"{number}" : $"{number} ({name})";
    }
}
