using System.Text;
using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void A_file_written_by_hand_is_read_as_the_format_says()
    {
        var header = $$"""{"__metadata__":{"format":"pt","note":"über"},{{SafetensorsBytes.Entry("b", "I16", "2,3", 4, 16)}},{{SafetensorsBytes.Entry("a", "F32", "", 0, 4)}},{{SafetensorsBytes.Entry("empty", "F64", "0,7", 16, 16)}}}   """;

        using var file = SafetensorsFile.Open("hand", SafetensorsBytes.Of(header, 16));

        Assert.Equal(["a", "b", "empty"], file.InOrder.Select(tensor => tensor.Name));
        Assert.Equal("über", file.Metadata["note"]);
        var a = file.Tensors["a"];
        Assert.Equal((ElementType.F32, 1, 1), (a.Type, a.Rows, a.Columns));
        Assert.Equal([1, 2, 3, 4], Contents.Of(a));
        var b = file.Tensors["b"];
        Assert.Equal([2L, 3L], b.Shape);
        Assert.Equal([11, 12, 13, 14, 15, 16], b.RowBytes(1).ToArray());
        Assert.Equal(0, file.Tensors["empty"].ByteLength);
    }

    [Theory]
    [InlineData("F64", ElementType.F64, 8)]
    [InlineData("F32", ElementType.F32, 4)]
    [InlineData("F16", ElementType.F16, 2)]
    [InlineData("BF16", ElementType.BF16, 2)]
    [InlineData("F8_E4M3", ElementType.F8E4M3, 1)]
    [InlineData("F8_E5M2", ElementType.F8E5M2, 1)]
    [InlineData("I64", ElementType.I64, 8)]
    [InlineData("I32", ElementType.I32, 4)]
    [InlineData("I16", ElementType.I16, 2)]
    [InlineData("I8", ElementType.I8, 1)]
    [InlineData("U64", ElementType.U64, 8)]
    [InlineData("U32", ElementType.U32, 4)]
    [InlineData("U16", ElementType.U16, 2)]
    [InlineData("U8", ElementType.U8, 1)]
    [InlineData("BOOL", ElementType.Bool, 1)]
    public void Every_type_of_the_format_is_read(string name, ElementType type, int bytes)
    {
        using var file = SafetensorsFile.Open("types", SafetensorsBytes.Of("{" + SafetensorsBytes.Entry("x", name, "3", 0, 3 * bytes) + "}", 3 * bytes));

        Assert.Equal((type, 3 * bytes), (file.Tensors["x"].Type, file.Tensors["x"].ByteLength));
    }

    public static TheoryData<string, int, string> Refused() => new()
    {
        { "[]", 0, "a JSON object was expected" },
        { "{\"a\":3}", 0, "tensor 'a': an object with dtype" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor 'a': data_offsets is missing" },
        { "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype must stand once" },
        { "{" + SafetensorsBytes.Entry("a", "F4", "2", 0, 1) + "}", 1, "tensor 'a': its type 'F4' is none that Pare reads" },
        { "{" + SafetensorsBytes.Entry("a", "C64", "1", 0, 8) + "}", 8, "'C64'" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "1", 4, 0) + "}", 4, "are no [begin, end]" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "1", 0, 8) + "}", 8, "F32 [1] takes 4 bytes, but data_offsets [0, 8] hold 8" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "-1", 0, 4) + "}", 4, "whole numbers from 0" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "1.5", 0, 4) + "}", 4, "whole numbers from 0" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "9223372036854775807,9223372036854775807", 0, 4) + "}", 4, "a size that no tensor can have" },
        { "{" + SafetensorsBytes.Entry("a", "F64", "4611686018427387904", 0, 4) + "}", 4, "more bytes than any file" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "4294967296,4294967296", 0, 0) + "}", 0, "a size that no tensor can have" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "2", 0, 8) + "}", 4, "ends at byte 8 of the data section, which has only 4" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "1", 9223372036854775803, 9223372036854775807) + "}", 4, "which has only 4" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "1", 0, 4) + "," + SafetensorsBytes.Entry("b", "U8", "4", 2, 6) + "}", 6, "tensor 'b': its data starts at byte 2 of the data section, inside that of 'a'" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "1", 0, 4) + "," + SafetensorsBytes.Entry("b", "F32", "1", 0, 4) + "}", 4, "inside that of 'a'" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "1", 0, 4) + "," + SafetensorsBytes.Entry("b", "F32", "1", 8, 12) + "}", 12, "the format allows no gaps" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "1", 0, 4) + "}", 5, "the tensors end at byte 4 of the data section, but it has 5" },
        { "{" + SafetensorsBytes.Entry("a", "F32", "1", 0, 4) + "," + SafetensorsBytes.Entry("a", "F32", "1", 4, 8) + "}", 8, "tensor 'a': the name occurs twice" },
        { "{\"__metadata__\":{\"a\":1}}", 0, "__metadata__ 'a': a text was expected" },
        { "{\"__metadata__\":[]}", 0, "an object of texts was expected" },
        { "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "the key occurs twice" },
        { "{\"a\":{\"x\":[[[[[[[[[[[[1]]]]]]]]]]]],\"dtype\":\"F32\"}}", 0, "the JSON cannot be read (line 1)" },
        { "{\"a\":", 0, "the JSON cannot be read" },
        { "{} {}", 0, "byte 11: the JSON cannot be read" },
        { "{\"\\ud800\":1}", 0, "half a surrogate pair" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_wrong_header_is_refused_with_its_place(string header, int dataBytes, string message)
    {
        var error = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open("wrong.safetensors", SafetensorsBytes.Of(header, dataBytes)));

        Assert.StartsWith("wrong.safetensors: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused_at_its_byte()
    {
        var header = Encoding.Latin1.GetBytes("{\"\xe4\":1}");

        var error = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open("x", SafetensorsBytes.Of(header, 0)));

        Assert.Equal("byte 10", error.Place);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(3UL)]
    [InlineData(100_000_001UL)]
    [InlineData(1UL << 63)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 7)]
    public void A_wrong_header_length_is_refused_without_allocating_it(ulong length)
    {
        var file = SafetensorsBytes.Of("{}", 0);
        BitConverter.TryWriteBytes(file, length);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open("x", file));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var file = SafetensorsBytes.Of("{" + SafetensorsBytes.Entry("a", "F32", "1", 0, 4) + "," + SafetensorsBytes.Entry("b", "U8", "3", 4, 7) + "}", 7);

        for (var length = 0; length < file.Length; length++)
        {
            Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open("cut", file[..length]));
        }
    }

    [Fact]
    public void A_mapped_file_gives_the_same_bytes_and_an_empty_one_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        File.WriteAllBytes(path, SafetensorsBytes.Of("{" + SafetensorsBytes.Entry("a", "U8", "5", 0, 5) + "}", 5));
        File.WriteAllBytes(folder.File("empty.safetensors"), []);

        using (var file = SafetensorsFile.Open(path)) Assert.Equal([1, 2, 3, 4, 5], Contents.Of(file.Tensors["a"]));
        Assert.Contains("the file is empty", Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(folder.File("empty.safetensors"))).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(folder.File("absent.safetensors")));
    }
}
