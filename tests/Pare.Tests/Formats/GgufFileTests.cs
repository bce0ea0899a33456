using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class GgufFileTests
{
    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void A_file_written_by_hand_is_read_as_the_format_says(uint version)
    {
        var bytes = new GgufBytes { Version = version, DataBytes = 32 + 36 }
            .Value("general.architecture", 8, GgufBytes.Text("llama"))
            .Array("names", 8, 2, [.. GgufBytes.Text("▁a"), .. GgufBytes.Text("")])
            .Tensor("linear", 2, 32, 64, 1)
            .Tensor("norm", 0, 0, 2, 3)
            .Build();

        using var file = GgufFile.Open("hand", bytes);

        Assert.Equal(((int)version, 32), (file.Version, file.Alignment));
        Assert.Equal(["general.architecture", "names"], file.Metadata.Keys);
        Assert.Equal(["▁a", ""], file.Metadata.GetStringArray("names"));
        Assert.Equal(["norm", "linear"], file.InOrder.Select(tensor => tensor.Name));
        Assert.Equal([3L, 2L], file.Tensors["norm"].Shape);
        Assert.Equal([17, 18, 19, 20, 21, 22, 23, 24], file.Tensors["norm"].RowBytes(2).ToArray());
        Assert.Equal((ElementType.Q4_0, 1, 64, 36), (file.Tensors["linear"].Type, file.Tensors["linear"].Rows, file.Tensors["linear"].Columns, file.Tensors["linear"].ByteLength));
        Assert.Equal(33, file.Tensors["linear"].RowBytes(0)[0]);
    }

    [Fact]
    public void Every_value_type_is_read()
    {
        using var file = GgufFile.Open("values", new GgufBytes()
            .Value("u8", 0, 200).Value("i8", 1, 200).Value("u16", 2, 0xFE, 0xFF).Value("i16", 3, 0xFE, 0xFF)
            .Value("u32", 4, 0xFE, 0xFF, 0xFF, 0xFF).Value("i32", 5, 0xFE, 0xFF, 0xFF, 0xFF).Value("f32", 6, BitConverter.GetBytes(1.5f)).Value("bool", 7, 1)
            .Value("string", 8, GgufBytes.Text("x")).Value("u64", 10, BitConverter.GetBytes(ulong.MaxValue)).Value("i64", 11, BitConverter.GetBytes(-5L)).Value("f64", 12, BitConverter.GetBytes(0.1))
            .Array("u8s", 0, 2, 1, 200).Array("i8s", 1, 2, 1, 200).Array("bools", 7, 3, 1, 0, 1).Array("f32s", 6, 1, BitConverter.GetBytes(2.5f))
            .Array("none", 4, 0).Array("nested", 9, 2, [4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
            .Build());
        var values = file.Metadata;

        Assert.Equal(200, values.GetInt32("u8"));
        Assert.Equal(-56, values.GetInt32("i8"));
        Assert.Equal(65534, values.GetInt32("u16"));
        Assert.Equal(-2, values.GetInt32("i16"));
        Assert.Equal(4294967294, values.GetUInt32("u32"));
        Assert.Equal(-2, values.GetInt64("i32"));
        Assert.Equal(1.5f, values.GetFloat("f32"));
        Assert.True(values.GetBool("bool"));
        Assert.Equal("x", values.GetString("string"));
        Assert.True(values["u64"].TryGetUInt64(out var large) && large == ulong.MaxValue);
        Assert.Equal(-5, values.GetInt64("i64"));
        Assert.True(values["f64"].TryGetDouble(out var tenth));
        Assert.Equal(0.1, tenth);
        Assert.Equal([1, 200], values.GetInt32Array("u8s"));
        Assert.Equal([1, -56], values.GetInt32Array("i8s"));
        Assert.Equal([true, false, true], values.GetBoolArray("bools"));
        Assert.Equal([2.5f], values.GetFloatArray("f32s"));
        Assert.Empty(values.GetInt32Array("none"));
        Assert.Equal("[[9], []]", values["nested"].ToString());
    }

    [Theory]
    [InlineData(1u, "version 1")]
    [InlineData(0x03000000u, "big-endian")]
    [InlineData(0u, "0 was found")]
    [InlineData(4u, "newer than this program")]
    public void Other_versions_are_refused_with_what_to_do(uint version, string message)
    {
        var error = Assert.Throws<ModelFormatException>(() => GgufFile.Open("x.gguf", new GgufBytes { Version = version }.Build()));

        Assert.Equal("byte 4", error.Place);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FUGG", "big-endian")]
    [InlineData("lmgg", "before GGUF")]
    [InlineData("PK\u0003\u0004", "no GGUF file")]
    public void Other_kinds_of_files_are_refused_by_name(string magic, string message)
    {
        var file = new GgufBytes().Build();
        for (var i = 0; i < 4; i++) file[i] = (byte)magic[i];

        Assert.Contains(message, Assert.Throws<ModelFormatException>(() => GgufFile.Open("x", file)).Message, StringComparison.Ordinal);
    }

    private static readonly byte[] s_deep = [.. Enumerable.Repeat<byte[]>([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 1000).SelectMany(level => level), 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public static TheoryData<string, string> Refused() => new()
    {
        { "tensor-count", "number of tensors: 18446744073709551615 is more than" },
        { "value-count", "number of metadata values: 1152921504606846976 is more than" },
        { "string-length", "key 'a': a text of 9223372036854775807 bytes is announced" },
        { "array-count", "key 'a': 4611686018427387904 is more than" },
        { "array-of-strings-count", "key 'a': 1000 is more than" },
        { "deep-array", "arrays are nested more than 4 deep" },
        { "value-type", "key 'a': the value type 13 is unknown" },
        { "bool", "a truth value of 0 or 1 was expected, 2 was found" },
        { "utf8", "the text is not UTF-8" },
        { "duplicate-key", "key 'a' occurs twice" },
        { "empty-key", "this one has 0" },
        { "alignment-zero", "key 'general.alignment': a multiple of 8" },
        { "alignment-odd", "key 'general.alignment': a multiple of 8" },
        { "alignment-type", "key 'general.alignment': a whole number" },
        { "duplicate-tensor", "tensor 't' occurs twice" },
        { "rank", "tensor 't': it has 5 axes" },
        { "size", "tensor 't': an axis of 18446744073709551615 elements" },
        { "size-product", "tensor 't': the shape [4294967296, 4294967296] has a size that no tensor can have" },
        { "type", "tensor 't': its ggml type 23 (IQ4_XS) is none that Pare reads" },
        { "unknown-type", "tensor 't': its ggml type 4000000000 is none" },
        { "blocks", "tensor 't': rows of 33 elements are no whole number of Q8_0 blocks of 32" },
        { "offset-alignment", "tensor 't': its offset 16 is no multiple of the alignment 32" },
        { "offset-past-end", "tensor 't': its data ends at byte 72 of the data section, which has only 64" },
        { "offset-huge", "tensor 't': its data would end beyond any file" },
        { "overlap", "tensor 'u': its data starts at byte 32 of the data section, inside that of 't'" },
        { "same-place", "inside that of" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_wrong_directory_is_refused_with_its_place_and_without_allocating(string fault, string message)
    {
        var file = Faulty(fault);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<ModelFormatException>(() => GgufFile.Open("wrong.gguf", file));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        Assert.StartsWith("wrong.gguf: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var whole = new GgufBytes { DataBytes = 40 }.Value("a", 8, GgufBytes.Text("text")).Array("b", 8, 1, GgufBytes.Text("x")).Tensor("t", 0, 0, 2).Tensor("u", 0, 32, 2).Build();
        using (var file = GgufFile.Open("whole", whole)) Assert.Equal(2, file.Tensors.Count);

        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<ModelFormatException>(() => GgufFile.Open("cut", whole[..length]));
        }
    }

    [Fact]
    public void Another_alignment_moves_the_data()
    {
        var bytes = new GgufBytes { Alignment = 64, DataBytes = 68 }.Value("general.alignment", 4, 64, 0, 0, 0).Tensor("t", 0, 64, 1).Build();

        using var file = GgufFile.Open("x", bytes);

        Assert.Equal(64, file.Alignment);
        Assert.Equal([65, 66, 67, 68], Contents.Of(file.Tensors["t"]));
    }

    private static byte[] Faulty(string fault)
    {
        var file = new GgufBytes { DataBytes = 64 };
        return (fault switch
        {
            "tensor-count" => new GgufBytes { TensorCount = ulong.MaxValue },
            "value-count" => new GgufBytes { ValueCount = 1UL << 60 },
            "string-length" => file.Value("a", 8, BitConverter.GetBytes(long.MaxValue)),
            "array-count" => file.Array("a", 6, 1UL << 62),
            "array-of-strings-count" => file.Array("a", 8, 1000),
            "deep-array" => file.Value("a", 9, s_deep),
            "value-type" => file.Value("a", 13),
            "bool" => file.Value("a", 7, 2),
            "utf8" => file.Value("a", 8, [1, 0, 0, 0, 0, 0, 0, 0, 0xFF]),
            "duplicate-key" => file.Value("a", 0, 1).Value("a", 0, 1),
            "empty-key" => file.Value("", 0, 1),
            "alignment-zero" => file.Value("general.alignment", 4, 0, 0, 0, 0),
            "alignment-odd" => file.Value("general.alignment", 4, 33, 0, 0, 0),
            "alignment-type" => file.Value("general.alignment", 8, GgufBytes.Text("32")),
            "duplicate-tensor" => file.Tensor("t", 0, 0, 1).Tensor("t", 0, 32, 1),
            "rank" => file.Tensor("t", 0, 0, 1, 1, 1, 1, 1),
            "size" => file.Tensor("t", 0, 0, ulong.MaxValue),
            "size-product" => file.Tensor("t", 0, 0, 1UL << 32, 1UL << 32),
            "type" => file.Tensor("t", 23, 0, 256),
            "unknown-type" => file.Tensor("t", 4_000_000_000, 0, 1),
            "blocks" => file.Tensor("t", 8, 0, 33),
            "offset-alignment" => file.Tensor("t", 0, 16, 1),
            "offset-past-end" => file.Tensor("t", 0, 64, 2),
            "offset-huge" => file.Tensor("t", 0, (1UL << 63) - 32, 16),
            "overlap" => file.Tensor("t", 0, 0, 16).Tensor("u", 0, 32, 1),
            "same-place" => file.Tensor("t", 0, 0, 1).Tensor("u", 0, 0, 1),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        }).Build();
    }
}
