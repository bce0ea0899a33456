using System.Diagnostics.CodeAnalysis;

namespace Pare.Formats;

/// <summary>A value of GGUF metadata: a number, a truth value, a text, or an array of one of them. Immutable.</summary>
/// <remarks>The <c>TryGet</c> methods convert between number types where the value fits, because files differ in which they use for the same key.</remarks>
public sealed partial class GgufValue
{
    private readonly ulong _bits;
    private readonly object? _reference;

    private GgufValue(GgufValueType type, ulong bits) => (Type, _bits) = (type, bits);

    private GgufValue(string text) => (Type, _reference) = (GgufValueType.String, text);

    private GgufValue(GgufValueType elementType, Array array) => (Type, ElementType, _reference) = (GgufValueType.Array, elementType, array);

    /// <summary>Type of the value.</summary>
    public GgufValueType Type { get; }

    /// <summary>Type of the elements of an array, else null.</summary>
    public GgufValueType? ElementType { get; }

    /// <summary>Number of elements of an array, 1 for every other value.</summary>
    public int Count => _reference is Array array ? array.Length : 1;

    /// <summary>The bits of a single number or truth value, sign-extended to 64.</summary>
    internal ulong Bits => _bits;

    /// <summary>The elements as they are stored (<c>byte[]</c>, <c>string[]</c>, <c>GgufValue[]</c> …), or null for a single value.</summary>
    internal Array? Elements => _reference as Array;

    /// <summary>The text of a string.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether the value is a string.</returns>
    public bool TryGetString([NotNullWhen(true)] out string? text) => (text = _reference as string) is not null;

    /// <summary>The truth value of a Bool.</summary>
    /// <param name="value">The truth value.</param>
    /// <returns>Whether the value is a Bool.</returns>
    public bool TryGetBool(out bool value)
    {
        value = Type == GgufValueType.Bool && _bits != 0;
        return Type == GgufValueType.Bool;
    }

    /// <summary>A whole number that fits in 64 bits with sign.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Whether the value is of an integer type and fits.</returns>
    public bool TryGetInt64(out long value)
    {
        value = (long)_bits;
        return Type switch
        {
            GgufValueType.UInt64 => value >= 0,
            GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.UInt16 or GgufValueType.Int16 or GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Int64 => true,
            _ => false,
        };
    }

    /// <summary>A whole number that fits in 64 bits without sign.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Whether the value is of an integer type and not negative.</returns>
    public bool TryGetUInt64(out ulong value)
    {
        value = _bits;
        return Type == GgufValueType.UInt64 || (TryGetInt64(out var signed) && signed >= 0);
    }

    /// <summary>A number of any type; whole numbers beyond 2^53 are rounded.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Whether the value is a number.</returns>
    public bool TryGetDouble(out double value)
    {
        value = Type switch
        {
            GgufValueType.Float32 => BitConverter.UInt32BitsToSingle((uint)_bits),
            GgufValueType.Float64 => BitConverter.UInt64BitsToDouble(_bits),
            GgufValueType.UInt64 => _bits,
            _ => (long)_bits,
        };
        return Type is not (GgufValueType.String or GgufValueType.Array or GgufValueType.Bool);
    }

    /// <summary>The texts of an array of strings.</summary>
    /// <param name="values">The stored array itself; do not change it.</param>
    /// <returns>Whether the value is an array of strings.</returns>
    public bool TryGetStrings([NotNullWhen(true)] out string[]? values) => (values = _reference as string[]) is not null;

    /// <summary>The numbers of an array as binary32.</summary>
    /// <param name="values">The stored array itself where it has that type (do not change it), else converted.</param>
    /// <returns>Whether the value is an array of numbers.</returns>
    public bool TryGetFloats([NotNullWhen(true)] out float[]? values)
    {
        values = _reference switch
        {
            float[] floats => floats,
            double[] doubles => Array.ConvertAll(doubles, x => (float)x),
            _ => TryGetInt64s(out var whole) ? Array.ConvertAll(whole, x => (float)x) : null,
        };
        return values is not null;
    }

    /// <summary>The whole numbers of an array.</summary>
    /// <param name="values">The stored array itself where it has that type (do not change it), else converted.</param>
    /// <returns>Whether the value is an array of an integer type whose elements all fit.</returns>
    public bool TryGetInt64s([NotNullWhen(true)] out long[]? values)
    {
        values = _reference switch
        {
            byte[] x when ElementType == GgufValueType.UInt8 => Array.ConvertAll(x, y => (long)y),
            sbyte[] x when ElementType == GgufValueType.Int8 => Array.ConvertAll(x, y => (long)y),
            ushort[] x when ElementType == GgufValueType.UInt16 => Array.ConvertAll(x, y => (long)y),
            short[] x when ElementType == GgufValueType.Int16 => Array.ConvertAll(x, y => (long)y),
            uint[] x when ElementType == GgufValueType.UInt32 => Array.ConvertAll(x, y => (long)y),
            int[] x when ElementType == GgufValueType.Int32 => Array.ConvertAll(x, y => (long)y),
            ulong[] x when ElementType == GgufValueType.UInt64 && Array.TrueForAll(x, y => y <= long.MaxValue) => Array.ConvertAll(x, y => (long)y),
            long[] x when ElementType == GgufValueType.Int64 => x,
            _ => null,
        };
        return values is not null;
    }

    /// <summary>The whole numbers of an array that fit in 32 bits with sign.</summary>
    /// <param name="values">The stored array itself where it has that type (do not change it), else converted.</param>
    /// <returns>Whether the value is an array of an integer type whose elements all fit.</returns>
    public bool TryGetInt32s([NotNullWhen(true)] out int[]? values)
    {
        values = ElementType == GgufValueType.Int32 ? _reference as int[] : null;
        if (values is null && TryGetInt64s(out var whole) && Array.TrueForAll(whole, x => x is >= int.MinValue and <= int.MaxValue))
            values = Array.ConvertAll(whole, x => (int)x);
        return values is not null;
    }

    /// <summary>The truth values of an array.</summary>
    /// <param name="values">The stored array itself; do not change it.</param>
    /// <returns>Whether the value is an array of Bool.</returns>
    public bool TryGetBools([NotNullWhen(true)] out bool[]? values) => (values = _reference as bool[]) is not null;

    /// <summary>The value as a short text for people; of an array the first few elements.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        const int Shown = 4;
        if (TryGetString(out var text)) return text;
        if (TryGetBool(out var truth)) return truth ? "true" : "false";
        if (_reference is Array array)
        {
            var first = string.Join(", ", array.Cast<object>().Take(Shown));
            return array.Length <= Shown ? $"[{first}]" : $"[{first}, … {array.Length} values]";
        }

        if (TryGetInt64(out var signed)) return $"{signed}";
        if (TryGetUInt64(out var unsigned)) return $"{unsigned}";
        return Type == GgufValueType.Float32 ? $"{BitConverter.UInt32BitsToSingle((uint)_bits)}" : $"{BitConverter.UInt64BitsToDouble(_bits)}";
    }
}
