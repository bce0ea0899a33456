using System.Text;
using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class SafetensorsWriterTests
{
    [Fact]
    public void A_file_has_exactly_the_bytes_that_the_format_describes()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.safetensors");

        SafetensorsWriter.Write(path, [Bytes("small", ElementType.U8, [3], 7, 8, 9), Bytes("großer", ElementType.F32, [1, 1], 1, 2, 3, 4)], new Dictionary<string, string> { ["z"] = "1", ["format"] = "pt" });

        var json = """{"__metadata__":{"format":"pt","z":"1"},"großer":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"small":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}""";
        var header = Encoding.UTF8.GetBytes(json);
        var padded = (header.Length + 7) / 8 * 8;
        Assert.Equal([.. BitConverter.GetBytes((long)padded), .. header, .. Enumerable.Repeat((byte)' ', padded - header.Length), 1, 2, 3, 4, 7, 8, 9], File.ReadAllBytes(path));
    }

    [Fact]
    public void What_is_written_is_read_back_and_twice_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        var tensors = Enum.GetValues<ElementType>().Where(type => !type.IsBlockFormat()).Select(type => Random(random, $"t.{type}", type, [3, 5])).Append(Random(random, "scalar", ElementType.F32, [])).Append(Random(random, "none", ElementType.F16, [0, 4])).ToList();

        SafetensorsWriter.Write(folder.File("a"), tensors);
        SafetensorsWriter.Write(folder.File("b"), tensors);

        Assert.True(Contents.Equal(folder.File("a"), folder.File("b")));
        using var file = SafetensorsFile.Open(folder.File("a"));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(tensors.Count, file.Tensors.Count);
        foreach (var tensor in tensors)
        {
            var stored = file.Tensors[tensor.Name];
            Assert.Equal((tensor.Type, tensor.ByteLength), (stored.Type, stored.ByteLength));
            Assert.Equal(tensor.Shape, stored.Shape);
            Assert.Equal(Written(tensor), Contents.Of(stored));
        }
    }

    [Fact]
    public void Shards_keep_the_order_and_are_found_again()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(8);
        var tensors = Enumerable.Range(0, 7).Select(i => Random(random, $"layer.{i}", ElementType.F32, [2, 4])).ToList();

        var files = SafetensorsWriter.WriteFolder(folder.Path, tensors, maxShardBytes: 100);

        Assert.Equal(["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors", "model.safetensors.index.json"], files);
        using var opened = SafetensorsFolder.Open(folder.Path);
        Assert.Equal(tensors.Select(tensor => tensor.Name), opened.InOrder.Select(tensor => tensor.Name));
        foreach (var tensor in tensors) Assert.Equal(Written(tensor), Contents.Of(opened.Tensors[tensor.Name]));
        Assert.Contains("\"total_size\": 224", File.ReadAllText(folder.File("model.safetensors.index.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_fits_in_one_file_gets_one_and_is_not_written_twice()
    {
        using var folder = new TemporaryFolder();
        OutgoingTensor[] tensors = [Bytes("a", ElementType.U8, [2], 1, 2)];

        Assert.Equal(["model.safetensors"], SafetensorsWriter.WriteFolder(folder.Path, tensors));

        Assert.Contains("holds model.safetensors already", Assert.Throws<IOException>(() => SafetensorsWriter.WriteFolder(folder.Path, tensors)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_the_wrong_length_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.safetensors");

        Assert.Contains("only 3 were written", Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [Bytes("a", ElementType.U8, [4], 1, 2, 3)])).Message, StringComparison.Ordinal);
        Assert.Contains("more were written", Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [Bytes("a", ElementType.U8, [2], 1, 2, 3)])).Message, StringComparison.Ordinal);

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void What_the_format_cannot_hold_is_refused_before_anything_is_written()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.safetensors");

        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [Bytes("a", ElementType.U8, [0]), Bytes("a", ElementType.U8, [0])]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [Bytes("a", ElementType.Q8_0, [1, 32], new byte[34])]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [Bytes("a", ElementType.U8, [-1, 1])]));
        Assert.Throws<OverflowException>(() => SafetensorsWriter.Write(path, [Bytes("a", ElementType.F32, [long.MaxValue])]));

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static OutgoingTensor Bytes(string name, ElementType type, long[] shape, params byte[] bytes) => OutgoingTensor.FromBytes(name, type, shape, bytes);

    private static OutgoingTensor Random(Random random, string name, ElementType type, long[] shape)
    {
        var bytes = new byte[OutgoingTensor.FromBytes(name, type, shape, default).ByteLength];
        random.NextBytes(bytes);
        return OutgoingTensor.FromBytes(name, type, shape, bytes);
    }

    private static byte[] Written(OutgoingTensor tensor)
    {
        using var stream = new MemoryStream();
        tensor.Write(stream);
        return stream.ToArray();
    }
}
