using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class GgufWriterTests
{
    private static readonly KeyValuePair<string, GgufValue>[] s_everyType =
    [
        new("u8", GgufValue.UInt8(200)), new("i8", GgufValue.Int8(-56)), new("u16", GgufValue.UInt16(65534)), new("i16", GgufValue.Int16(-2)),
        new("u32", GgufValue.UInt32(4294967294)), new("i32", GgufValue.Int32(-2)), new("f32", GgufValue.Float32(1.5f)), new("bool", GgufValue.Bool(true)),
        new("string", GgufValue.String("größer")), new("u64", GgufValue.UInt64(ulong.MaxValue)), new("i64", GgufValue.Int64(-5)), new("f64", GgufValue.Float64(0.1)),
        new("u8s", GgufValue.UInt8Array([1, 200])), new("i8s", GgufValue.Int8Array([1, -56])), new("u16s", GgufValue.UInt16Array([7])), new("i16s", GgufValue.Int16Array([-7])),
        new("u32s", GgufValue.UInt32Array([7])), new("i32s", GgufValue.Int32Array([-7])), new("u64s", GgufValue.UInt64Array([7])), new("i64s", GgufValue.Int64Array([-7])),
        new("f32s", GgufValue.Float32Array([0.5f])), new("f64s", GgufValue.Float64Array([0.1])), new("bools", GgufValue.BoolArray([true, false])),
        new("strings", GgufValue.StringArray(["a", "", "ü"])), new("nested", GgufValue.ArrayArray([GgufValue.UInt32Array([9]), GgufValue.StringArray([])])),
    ];

    [Fact]
    public void A_file_has_exactly_the_bytes_that_the_format_describes()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.gguf");

        GgufWriter.Write(
            path,
            [new("general.architecture", GgufValue.String("llama")), new("n", GgufValue.UInt32(3)), new("b", GgufValue.BoolArray([true]))],
            [Tensor("linear", ElementType.Q4_0, [1, 64], 36, 1), Tensor("norm", ElementType.F32, [2, 3], 24, 65)]);

        var expected = new GgufBytes { DataBytes = 64 + 24 }
            .Value("general.architecture", 8, GgufBytes.Text("llama")).Value("n", 4, 3, 0, 0, 0).Array("b", 7, 1, 1)
            .Tensor("linear", 2, 0, 64, 1).Tensor("norm", 0, 64, 3, 2);
        var bytes = expected.Build();
        bytes.AsSpan(expected.DataStart + 36, 28).Clear();
        Assert.Equal([.. bytes, .. new byte[8]], File.ReadAllBytes(path));
    }

    [Fact]
    public void Every_value_survives_writing_and_reading()
    {
        using var folder = new TemporaryFolder();
        GgufWriter.Write(folder.File("a.gguf"), s_everyType, []);

        using var file = GgufFile.Open(folder.File("a.gguf"));

        Assert.Equal(s_everyType.Select(entry => entry.Key), file.Metadata.Keys);
        foreach (var (key, value) in s_everyType)
        {
            var read = file.Metadata[key];
            Assert.Equal((value.Type, value.ElementType, value.Count, value.ToString()), (read.Type, read.ElementType, read.Count, read.ToString()));
            Assert.Equal(value.Elements?.Cast<object>().Select(x => x.ToString()), read.Elements?.Cast<object>().Select(x => x.ToString()));
        }

        GgufWriter.Write(folder.File("b.gguf"), file.Metadata, []);
        Assert.True(Contents.Equal(folder.File("a.gguf"), folder.File("b.gguf")));
    }

    [Fact]
    public void Every_tensor_type_of_gguf_survives_with_its_shape()
    {
        using var folder = new TemporaryFolder();
        var types = Enum.GetValues<ElementType>().Where(type => GgmlTypes.Number(type) is not null).ToList();
        var tensors = types.Select((type, i) => Tensor($"t.{type}", type, [2, 1, 256], (int)type.RowBytes(512), i)).ToList();

        GgufWriter.Write(folder.File("a.gguf"), [new("general.alignment", GgufValue.UInt32(128))], tensors);

        Assert.Equal(19, types.Count);
        using var file = GgufFile.Open(folder.File("a.gguf"));
        Assert.Equal(tensors.Select(tensor => tensor.Name), file.InOrder.Select(tensor => tensor.Name));
        foreach (var (tensor, type) in tensors.Zip(types))
        {
            var read = file.Tensors[tensor.Name];
            Assert.Equal(type, read.Type);
            Assert.Equal([2L, 1L, 256L], read.Shape);
            using var written = new MemoryStream();
            tensor.Write(written);
            Assert.Equal(written.ToArray(), Contents.Of(read));
        }
    }

    [Fact]
    public void What_the_format_cannot_hold_is_refused_and_nothing_is_left()
    {
        using var folder = new TemporaryFolder();
        void Refused(OutgoingTensor[] tensors, params KeyValuePair<string, GgufValue>[] metadata) =>
            Assert.ThrowsAny<ArgumentException>(() => GgufWriter.Write(folder.File("a.gguf"), metadata, tensors));

        Refused([Tensor("a", ElementType.F32, [1], 4, 0), Tensor("a", ElementType.F32, [1], 4, 0)]);
        Refused([Tensor(new string('n', 64), ElementType.F32, [1], 4, 0)]);
        Refused([Tensor("", ElementType.F32, [1], 4, 0)]);
        Refused([Tensor("a", ElementType.U8, [1], 1, 0)]);
        Refused([Tensor("a", ElementType.Q8_0, [2, 33], 1, 0)]);
        Refused([Tensor("a", ElementType.F32, [1, 1, 1, 1, 1], 4, 0)]);
        Refused([], new("k", GgufValue.UInt8(1)), new("k", GgufValue.UInt8(1)));
        Refused([], [new("general.alignment", GgufValue.UInt32(33))]);
        Refused([], [new("k", GgufValue.String("\ud800"))]);
        Assert.Throws<InvalidOperationException>(() => GgufWriter.Write(folder.File("a.gguf"), [], [Tensor("a", ElementType.F32, [2], 7, 0)]));

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static OutgoingTensor Tensor(string name, ElementType type, long[] shape, int bytes, int first) =>
        OutgoingTensor.FromBytes(name, type, shape, Enumerable.Range(first, bytes).Select(i => (byte)i).ToArray());
}
