namespace Pare.Formats;

/// <summary>Reads metadata values of any type, arrays of arrays included.</summary>
internal static class GgufValueReader
{
    /// <summary>Deepest nesting of arrays that is read; files use one level.</summary>
    public const int MaxDepth = 4;

    /// <summary>Reads a type and the value that follows.</summary>
    /// <param name="cursor">Stands on the type; afterwards behind the value.</param>
    /// <param name="what">What is being read, for messages.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ModelFormatException">The type is unknown, or the value does not fit in the file.</exception>
    public static GgufValue Read(GgufCursor cursor, string what) => ReadValue(cursor, ReadType(cursor, what), what, 0);

    private static GgufValueType ReadType(GgufCursor cursor, string what)
    {
        var at = cursor.Position;
        var type = cursor.UInt32(what);
        return type <= (uint)GgufValueType.Float64 ? (GgufValueType)type : throw cursor.Fault(at, $"{what}: the value type {type} is unknown; 0 to 12 were expected");
    }

    private static GgufValue ReadValue(GgufCursor cursor, GgufValueType type, string what, int depth) => type switch
    {
        GgufValueType.UInt8 => GgufValue.UInt8(cursor.Numbers<byte>(1, what)[0]),
        GgufValueType.Int8 => GgufValue.Int8(cursor.Numbers<sbyte>(1, what)[0]),
        GgufValueType.UInt16 => GgufValue.UInt16(cursor.Numbers<ushort>(1, what)[0]),
        GgufValueType.Int16 => GgufValue.Int16(cursor.Numbers<short>(1, what)[0]),
        GgufValueType.UInt32 => GgufValue.UInt32(cursor.UInt32(what)),
        GgufValueType.Int32 => GgufValue.Int32((int)cursor.UInt32(what)),
        GgufValueType.Float32 => GgufValue.Float32(BitConverter.UInt32BitsToSingle(cursor.UInt32(what))),
        GgufValueType.Bool => GgufValue.Bool(ReadBools(cursor, 1, what)[0]),
        GgufValueType.String => GgufValue.String(cursor.Text(what)),
        GgufValueType.UInt64 => GgufValue.UInt64(cursor.UInt64(what)),
        GgufValueType.Int64 => GgufValue.Int64((long)cursor.UInt64(what)),
        GgufValueType.Float64 => GgufValue.Float64(BitConverter.UInt64BitsToDouble(cursor.UInt64(what))),
        _ => ReadArray(cursor, what, depth + 1),
    };

    private static GgufValue ReadArray(GgufCursor cursor, string what, int depth)
    {
        if (depth > MaxDepth) throw cursor.Fault(cursor.Position, $"{what}: arrays are nested more than {MaxDepth} deep");
        var type = ReadType(cursor, what);
        var count = cursor.Count(LeastBytes(type), what);
        switch (type)
        {
            case GgufValueType.UInt8: return GgufValue.UInt8Array(cursor.Numbers<byte>(count, what));
            case GgufValueType.Int8: return GgufValue.Int8Array(cursor.Numbers<sbyte>(count, what));
            case GgufValueType.UInt16: return GgufValue.UInt16Array(cursor.Numbers<ushort>(count, what));
            case GgufValueType.Int16: return GgufValue.Int16Array(cursor.Numbers<short>(count, what));
            case GgufValueType.UInt32: return GgufValue.UInt32Array(cursor.Numbers<uint>(count, what));
            case GgufValueType.Int32: return GgufValue.Int32Array(cursor.Numbers<int>(count, what));
            case GgufValueType.UInt64: return GgufValue.UInt64Array(cursor.Numbers<ulong>(count, what));
            case GgufValueType.Int64: return GgufValue.Int64Array(cursor.Numbers<long>(count, what));
            case GgufValueType.Float32: return GgufValue.Float32Array(cursor.Numbers<float>(count, what));
            case GgufValueType.Float64: return GgufValue.Float64Array(cursor.Numbers<double>(count, what));
            case GgufValueType.Bool: return GgufValue.BoolArray(ReadBools(cursor, count, what));
            case GgufValueType.String: return GgufValue.StringArray(cursor.Texts(count, what));
            default:
                var inner = new GgufValue[count];
                for (var i = 0; i < count; i++) inner[i] = ReadArray(cursor, what, depth + 1);
                return GgufValue.ArrayArray(inner);
        }
    }

    private static bool[] ReadBools(GgufCursor cursor, int count, string what)
    {
        var at = cursor.Position;
        var bytes = cursor.Take(count, what);
        var wrong = bytes.IndexOfAnyExcept((byte)0, (byte)1);
        if (wrong >= 0) throw cursor.Fault(at + wrong, $"{what}: a truth value of 0 or 1 was expected, {bytes[wrong]} was found");
        var values = new bool[count];
        for (var i = 0; i < count; i++) values[i] = bytes[i] != 0;
        return values;
    }

    private static long LeastBytes(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.Array => 12,
        _ => 8,
    };
}
