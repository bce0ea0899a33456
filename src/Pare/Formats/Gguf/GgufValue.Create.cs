namespace Pare.Formats;

/// <content>Creates values.</content>
public sealed partial class GgufValue
{
    /// <summary>A single value of type <see cref="GgufValueType.UInt8"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue UInt8(byte value) => new(GgufValueType.UInt8, value);

    /// <summary>A single value of type <see cref="GgufValueType.Int8"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Int8(sbyte value) => new(GgufValueType.Int8, (ulong)(long)value);

    /// <summary>A single value of type <see cref="GgufValueType.UInt16"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue UInt16(ushort value) => new(GgufValueType.UInt16, value);

    /// <summary>A single value of type <see cref="GgufValueType.Int16"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Int16(short value) => new(GgufValueType.Int16, (ulong)(long)value);

    /// <summary>A single value of type <see cref="GgufValueType.UInt32"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue UInt32(uint value) => new(GgufValueType.UInt32, value);

    /// <summary>A single value of type <see cref="GgufValueType.Int32"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Int32(int value) => new(GgufValueType.Int32, (ulong)(long)value);

    /// <summary>A single value of type <see cref="GgufValueType.UInt64"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue UInt64(ulong value) => new(GgufValueType.UInt64, value);

    /// <summary>A single value of type <see cref="GgufValueType.Int64"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Int64(long value) => new(GgufValueType.Int64, (ulong)value);

    /// <summary>A single value of type <see cref="GgufValueType.Float32"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Float32(float value) => new(GgufValueType.Float32, BitConverter.SingleToUInt32Bits(value));

    /// <summary>A single value of type <see cref="GgufValueType.Float64"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Float64(double value) => new(GgufValueType.Float64, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>A single value of type <see cref="GgufValueType.Bool"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Bool(bool value) => new(GgufValueType.Bool, value ? 1UL : 0UL);

    /// <summary>A text.</summary>
    /// <param name="value">The text; stored as UTF-8.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue String(string value) => new(value ?? throw new ArgumentNullException(nameof(value)));

    /// <summary>An array of <see cref="GgufValueType.UInt8"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue UInt8Array(byte[] values) => new(GgufValueType.UInt8, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.Int8"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Int8Array(sbyte[] values) => new(GgufValueType.Int8, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.UInt16"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue UInt16Array(ushort[] values) => new(GgufValueType.UInt16, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.Int16"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Int16Array(short[] values) => new(GgufValueType.Int16, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.UInt32"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue UInt32Array(uint[] values) => new(GgufValueType.UInt32, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.Int32"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Int32Array(int[] values) => new(GgufValueType.Int32, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.UInt64"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue UInt64Array(ulong[] values) => new(GgufValueType.UInt64, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.Int64"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Int64Array(long[] values) => new(GgufValueType.Int64, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.Float32"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Float32Array(float[] values) => new(GgufValueType.Float32, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.Float64"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue Float64Array(double[] values) => new(GgufValueType.Float64, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.Bool"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue BoolArray(bool[] values) => new(GgufValueType.Bool, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of <see cref="GgufValueType.String"/>.</summary>
    /// <param name="values">The elements; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    public static GgufValue StringArray(string[] values) => new(GgufValueType.String, values ?? throw new ArgumentNullException(nameof(values)));

    /// <summary>An array of arrays.</summary>
    /// <param name="values">The inner arrays; kept, not copied.</param>
    /// <returns>The metadata value.</returns>
    /// <exception cref="ArgumentException">An element is no array.</exception>
    public static GgufValue ArrayArray(GgufValue[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (System.Array.Exists(values, value => value.Type != GgufValueType.Array)) throw new ArgumentException("every element must be an array", nameof(values));
        return new GgufValue(GgufValueType.Array, values);
    }
}
