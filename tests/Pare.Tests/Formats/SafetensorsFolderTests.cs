using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class SafetensorsFolderTests
{
    [Fact]
    public void Shards_are_merged_as_the_index_says()
    {
        using var folder = new TemporaryFolder();
        Shard(folder, "one.safetensors", "a", "left-out");
        Shard(folder, "two.safetensors", "b");
        Index(folder, """{"metadata":{"total_size":8},"weight_map":{"b":"two.safetensors","a":"one.safetensors"}}""");

        using var opened = SafetensorsFolder.Open(folder.Path);
        using var byIndex = SafetensorsFolder.Open(folder.File("model.safetensors.index.json"));
        using var single = SafetensorsFolder.Open(folder.File("one.safetensors"));

        Assert.Equal(["a", "b"], opened.InOrder.Select(tensor => tensor.Name));
        Assert.Equal(["a", "b"], byIndex.Tensors.Keys.Order());
        Assert.Equal(["a", "left-out"], single.InOrder.Select(tensor => tensor.Name));
        Assert.Equal(2, opened.Files.Count);
    }

    [Fact]
    public void A_single_file_goes_before_an_index()
    {
        using var folder = new TemporaryFolder();
        Shard(folder, "model.safetensors", "single");
        Index(folder, """{"weight_map":{"a":"absent.safetensors"}}""");

        using var opened = SafetensorsFolder.Open(folder.Path);

        Assert.Equal(["single"], opened.Tensors.Keys);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../outside.safetensors"}}""", "the name of a file in the same folder was expected")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "the name of a file in the same folder was expected")]
    [InlineData("""{"weight_map":{"a":"..\\x"}}""", "the name of a file in the same folder was expected")]
    [InlineData("""{"weight_map":{"a":".."}}""", "the name of a file in the same folder was expected")]
    [InlineData("""{"weight_map":{"a":""}}""", "the name of a file in the same folder was expected")]
    [InlineData("""{"weight_map":{"a":"x\u0000y"}}""", "the name of a file in the same folder was expected")]
    [InlineData("""{"weight_map":{"a":7}}""", "the name of a file in the same folder was expected")]
    [InlineData("""{"weight_map":{"a":"absent.safetensors"}}""", "shard absent.safetensors: the file is not in the folder")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","gone":"one.safetensors"}}""", "tensor 'gone': the index says that it is in one.safetensors")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""", "the key 'a' stands twice")]
    [InlineData("""{"weight_map":{}}""", "it names no tensor")]
    [InlineData("""{"weight_map":[]}""", "an object that names the file of every tensor was expected")]
    [InlineData("""{"weight_map":""", "the JSON cannot be read")]
    [InlineData("[]", "an object that names the file of every tensor was expected")]
    public void A_wrong_index_is_refused(string index, string message)
    {
        using var folder = new TemporaryFolder();
        Shard(folder, "one.safetensors", "a");
        Index(folder, index);

        var error = Assert.Throws<ModelFormatException>(() => SafetensorsFolder.Open(folder.Path));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.gguf", "give the .gguf file itself")]
    [InlineData("pytorch_model.bin", "save the model as safetensors")]
    [InlineData("other.txt", "give a folder with the weights of a model")]
    public void A_folder_without_weights_is_refused_with_what_to_do(string present, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(present), "");

        var error = Assert.Throws<ModelFormatException>(() => SafetensorsFolder.Open(folder.Path));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static void Shard(TemporaryFolder folder, string name, params string[] tensors)
    {
        var entries = tensors.Select((tensor, i) => SafetensorsBytes.Entry(tensor, "F32", "1", 4 * i, 4 * i + 4));
        File.WriteAllBytes(folder.File(name), SafetensorsBytes.Of("{" + string.Join(',', entries) + "}", 4 * tensors.Length));
    }

    private static void Index(TemporaryFolder folder, string json) => File.WriteAllText(folder.File("model.safetensors.index.json"), json);
}
