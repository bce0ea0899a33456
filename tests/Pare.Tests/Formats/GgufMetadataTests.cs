using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class GgufMetadataTests
{
    private static readonly GgufMetadata s_metadata = new("m.gguf", new Dictionary<string, GgufValue>
    {
        ["text"] = GgufValue.String("llama"),
        ["count"] = GgufValue.UInt64(30),
        ["large"] = GgufValue.UInt64(ulong.MaxValue),
        ["negative"] = GgufValue.Int8(-1),
        ["theta"] = GgufValue.Float64(10000),
        ["perLayer"] = GgufValue.UInt32Array([4, 2, 0]),
        ["tokens"] = GgufValue.StringArray(["a", "b", "c", "d", "e"]),
        ["flags"] = GgufValue.Int32Array([0, 1, 2]),
    });

    [Fact]
    public void Numbers_are_taken_from_whatever_type_they_fit_in()
    {
        Assert.Equal(30, s_metadata.GetInt32("count"));
        Assert.Equal(30u, s_metadata.GetUInt32("count"));
        Assert.Equal(30f, s_metadata.GetFloat("count"));
        Assert.Equal(10000f, s_metadata.GetFloat("theta"));
        Assert.Equal([4, 2, 0], s_metadata.GetInt32Array("perLayer"));
        Assert.Equal([4f, 2f, 0f], s_metadata.GetFloatArray("perLayer"));
        Assert.Equal([false, true, true], s_metadata.GetBoolArray("flags"));
    }

    [Fact]
    public void A_value_per_layer_is_one_for_all_or_one_for_each()
    {
        Assert.Equal([30, 30], s_metadata.GetInt32PerLayer("count", 2));
        Assert.Equal([4, 2, 0], s_metadata.GetInt32PerLayer("perLayer", 3));
        Assert.Contains("each of 4 layers", Assert.Throws<ModelFormatException>(() => s_metadata.GetInt32PerLayer("perLayer", 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fallback_stands_for_an_absent_key_only()
    {
        Assert.Equal(7, s_metadata.GetInt32("absent", 7));
        Assert.Equal(7u, s_metadata.GetUInt32("absent", 7));
        Assert.Equal(7L, s_metadata.GetInt64("absent", 7));
        Assert.Equal(0.5f, s_metadata.GetFloat("absent", 0.5f));
        Assert.True(s_metadata.GetBool("absent", true));
        Assert.Null(s_metadata.GetString("absent", null));
        Assert.Throws<ModelFormatException>(() => s_metadata.GetInt32("text", 7));
        Assert.Throws<ModelFormatException>(() => s_metadata.GetBool("count", true));
    }

    [Fact]
    public void Errors_name_file_key_and_what_was_found()
    {
        Assert.StartsWith("m.gguf: key 'absent': the metadata lacks this key", Error(() => s_metadata.GetString("absent")), StringComparison.Ordinal);
        Assert.Equal("m.gguf: key 'large': a whole number from -2147483648 to 2147483647 was expected, UInt64 18446744073709551615 was found", Error(() => s_metadata.GetInt32("large")));
        Assert.Equal("m.gguf: key 'negative': a whole number from 0 to 4294967295 was expected, Int8 -1 was found", Error(() => s_metadata.GetUInt32("negative")));
        Assert.Equal("m.gguf: key 'tokens': an array of numbers was expected, an array of String [a, b, c, d, … 5 values] was found", Error(() => s_metadata.GetFloatArray("tokens")));
        Assert.Contains("a string was expected, Float64 10000", Error(() => s_metadata.GetString("theta")), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_and_arrays_are_no_numbers()
    {
        Assert.False(s_metadata["text"].TryGetDouble(out _));
        Assert.False(s_metadata["tokens"].TryGetInt64(out _));
        Assert.False(s_metadata["theta"].TryGetInt64(out _));
        Assert.False(s_metadata["large"].TryGetInt64(out _));
        Assert.False(s_metadata["negative"].TryGetUInt64(out _));
        Assert.False(s_metadata["text"].TryGetStrings(out _));
    }

    private static string Error(Func<object> get) => Assert.Throws<ModelFormatException>(get).Message;
}
