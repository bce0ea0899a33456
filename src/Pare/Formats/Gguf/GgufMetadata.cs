using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Pare.Formats;

/// <summary>The keys and values of a GGUF file, in its order, with getters whose errors name file and key.</summary>
/// <remarks>
/// A getter without a fallback wants the key to be there. One with a fallback gives it only where the key is absent: a value of the wrong type is an error all the same.
/// Number getters accept every number type whose value fits.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "It is what the format calls it; being a dictionary is how it is read.")]
public sealed class GgufMetadata : IReadOnlyDictionary<string, GgufValue>
{
    private readonly OrderedDictionary<string, GgufValue> _values = new(StringComparer.Ordinal);

    /// <summary>Creates metadata.</summary>
    /// <param name="file">Path of the file, for messages.</param>
    /// <param name="values">Keys and values in order.</param>
    /// <exception cref="ArgumentException">A key occurs twice.</exception>
    public GgufMetadata(string file, IEnumerable<KeyValuePair<string, GgufValue>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        File = file;
        foreach (var (key, value) in values) _values.Add(key, value);
    }

    /// <summary>Path of the file, as it was given.</summary>
    public string File { get; }

    /// <inheritdoc/>
    public int Count => _values.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _values.Keys;

    /// <inheritdoc/>
    public IEnumerable<GgufValue> Values => _values.Values;

    /// <summary>The value of a key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="ModelFormatException">The key is missing.</exception>
    public GgufValue this[string key] => _values.TryGetValue(key, out var value) ? value : throw new ModelFormatException(File, Place(key), "the metadata lacks this key; the file is incomplete, or of a kind that Pare does not know");

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _values.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out GgufValue value) => _values.TryGetValue(key, out value);

    /// <summary>A text.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ModelFormatException">The key is missing or no string.</exception>
    public string GetString(string key) => Text(key, this[key]);

    /// <summary>A text, or the fallback.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">What an absent key stands for.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ModelFormatException">The value is no string.</exception>
    [return: NotNullIfNotNull(nameof(fallback))]
    public string? GetString(string key, string? fallback) => TryGetValue(key, out var value) ? Text(key, value) : fallback;

    /// <summary>A truth value.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The truth value.</returns>
    /// <exception cref="ModelFormatException">The key is missing or no Bool.</exception>
    public bool GetBool(string key) => Truth(key, this[key]);

    /// <summary>A truth value, or the fallback.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">What an absent key stands for.</param>
    /// <returns>The truth value.</returns>
    /// <exception cref="ModelFormatException">The value is no Bool.</exception>
    public bool GetBool(string key, bool fallback) => TryGetValue(key, out var value) ? Truth(key, value) : fallback;

    /// <summary>A whole number of 32 bits with sign.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ModelFormatException">The key is missing, no integer, or does not fit.</exception>
    public int GetInt32(string key) => (int)Whole(key, this[key], int.MinValue, int.MaxValue);

    /// <summary>A whole number of 32 bits with sign, or the fallback.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">What an absent key stands for.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ModelFormatException">The value is no integer or does not fit.</exception>
    public int GetInt32(string key, int fallback) => TryGetValue(key, out var value) ? (int)Whole(key, value, int.MinValue, int.MaxValue) : fallback;

    /// <summary>A whole number of 32 bits without sign.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ModelFormatException">The key is missing, no integer, or does not fit.</exception>
    public uint GetUInt32(string key) => (uint)Whole(key, this[key], 0, uint.MaxValue);

    /// <summary>A whole number of 32 bits without sign, or the fallback.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">What an absent key stands for.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ModelFormatException">The value is no integer or does not fit.</exception>
    public uint GetUInt32(string key, uint fallback) => TryGetValue(key, out var value) ? (uint)Whole(key, value, 0, uint.MaxValue) : fallback;

    /// <summary>A whole number of 64 bits with sign.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ModelFormatException">The key is missing, no integer, or does not fit.</exception>
    public long GetInt64(string key) => Whole(key, this[key], long.MinValue, long.MaxValue);

    /// <summary>A whole number of 64 bits with sign, or the fallback.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">What an absent key stands for.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ModelFormatException">The value is no integer or does not fit.</exception>
    public long GetInt64(string key, long fallback) => TryGetValue(key, out var value) ? Whole(key, value, long.MinValue, long.MaxValue) : fallback;

    /// <summary>A number as binary32.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ModelFormatException">The key is missing or no number.</exception>
    public float GetFloat(string key) => Real(key, this[key]);

    /// <summary>A number as binary32, or the fallback.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">What an absent key stands for.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ModelFormatException">The value is no number.</exception>
    public float GetFloat(string key, float fallback) => TryGetValue(key, out var value) ? Real(key, value) : fallback;

    /// <summary>An array of texts.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The stored array; do not change it.</returns>
    /// <exception cref="ModelFormatException">The key is missing or no array of strings.</exception>
    public string[] GetStringArray(string key) => this[key].TryGetStrings(out var values) ? values : throw Wrong(key, "an array of strings");

    /// <summary>An array of numbers as binary32.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The array; do not change it.</returns>
    /// <exception cref="ModelFormatException">The key is missing or no array of numbers.</exception>
    public float[] GetFloatArray(string key) => this[key].TryGetFloats(out var values) ? values : throw Wrong(key, "an array of numbers");

    /// <summary>An array of whole numbers of 32 bits.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The array; do not change it.</returns>
    /// <exception cref="ModelFormatException">The key is missing, no array of integers, or an element does not fit.</exception>
    public int[] GetInt32Array(string key) => this[key].TryGetInt32s(out var values) ? values : throw Wrong(key, "an array of whole numbers of 32 bits");

    /// <summary>An array of truth values; whole numbers count as true when they are not 0.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The array; do not change it.</returns>
    /// <exception cref="ModelFormatException">The key is missing or no array of truth values.</exception>
    public bool[] GetBoolArray(string key)
    {
        var value = this[key];
        if (value.TryGetBools(out var values)) return values;
        return value.TryGetInt64s(out var whole) ? Array.ConvertAll(whole, x => x != 0) : throw Wrong(key, "an array of truth values");
    }

    /// <summary>A whole number for each layer: one value that holds for all, or an array of at least that many.</summary>
    /// <param name="key">The key.</param>
    /// <param name="layers">Number of layers.</param>
    /// <returns>The numbers, [layers].</returns>
    /// <exception cref="ModelFormatException">The key is missing, not of integers, or the array is too short.</exception>
    public int[] GetInt32PerLayer(string key, int layers)
    {
        if (this[key].Type != GgufValueType.Array)
        {
            var all = GetInt32(key);
            var same = new int[layers];
            Array.Fill(same, all);
            return same;
        }

        var values = GetInt32Array(key);
        return values.Length >= layers ? values[..layers] : throw new ModelFormatException(File, Place(key), $"a value for each of {layers} layers was expected, {values.Length} were found");
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, GgufValue>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The place of a key in a message.</summary>
    internal static string Place(string key) => $"key '{TensorExtent.Short(key)}'";

    /// <summary>Adds a key while a file is read.</summary>
    internal bool TryAdd(string key, GgufValue value) => _values.TryAdd(key, value);

    private string Text(string key, GgufValue value) => value.TryGetString(out var text) ? text : throw Wrong(key, "a string");

    private bool Truth(string key, GgufValue value) => value.TryGetBool(out var truth) ? truth : throw Wrong(key, "a truth value");

    private float Real(string key, GgufValue value) => value.TryGetDouble(out var number) ? (float)number : throw Wrong(key, "a number");

    private long Whole(string key, GgufValue value, long least, long most) =>
        value.TryGetInt64(out var number) && number >= least && number <= most ? number : throw Wrong(key, $"a whole number from {least} to {most}");

    private ModelFormatException Wrong(string key, string expected)
    {
        var value = _values[key];
        var type = value.ElementType is { } element ? $"an array of {element}" : $"{value.Type}";
        return new ModelFormatException(File, Place(key), $"{expected} was expected, {type} {TensorExtent.Short(value.ToString())} was found");
    }
}
