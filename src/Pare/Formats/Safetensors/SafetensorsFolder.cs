namespace Pare.Formats;

/// <summary>The weights of a Hugging Face folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c> names.</summary>
/// <remarks>As <c>transformers</c> does, a single file goes before an index. Where there is an index, it alone says what the tensors are.</remarks>
public sealed class SafetensorsFolder : IDisposable
{
    /// <summary>Name of the single file in a model folder.</summary>
    internal const string SingleFileName = "model.safetensors";

    private SafetensorsFolder(IReadOnlyList<SafetensorsFile> files, IReadOnlyList<StoredTensor> inOrder)
    {
        Files = files;
        InOrder = inOrder;
        Tensors = inOrder.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in files.SelectMany(file => file.Metadata)) metadata.TryAdd(key, value);
        Metadata = metadata;
    }

    /// <summary>The mapped files, in the order of their names.</summary>
    public IReadOnlyList<SafetensorsFile> Files { get; }

    /// <summary>The tensors of all files by name.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The tensors of all files, file after file, in the order of their bytes.</summary>
    public IReadOnlyList<StoredTensor> InOrder { get; }

    /// <summary>The free texts of all files; where two differ, the first file's counts.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Bytes of all files.</summary>
    public long ByteLength => Files.Sum(file => file.ByteLength);

    /// <summary>Maps the weights of a model.</summary>
    /// <param name="folderOrFile">A model folder, a <c>.safetensors</c> file, or an index ending in <c>.index.json</c>.</param>
    /// <returns>The open files; dispose it when the tensors are no longer read.</returns>
    /// <exception cref="ModelFormatException">There are no weights that Pare reads, a shard or a tensor is missing, or a file is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static SafetensorsFolder Open(string folderOrFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrFile);
        if (!Directory.Exists(folderOrFile))
        {
            return folderOrFile.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase) ? OpenIndex(folderOrFile) : OpenSingle(folderOrFile);
        }

        var single = Path.Combine(folderOrFile, SingleFileName);
        if (File.Exists(single)) return OpenSingle(single);
        var index = Path.Combine(folderOrFile, SafetensorsIndex.FileName);
        if (File.Exists(index)) return OpenIndex(index);
        throw new ModelFormatException(folderOrFile, "", $"the folder has neither {SingleFileName} nor {SafetensorsIndex.FileName}; {Remedy(folderOrFile)}");
    }

    /// <summary>Unmaps all files. Their tensors must not be read any more.</summary>
    public void Dispose()
    {
        foreach (var file in Files) file.Dispose();
    }

    private static SafetensorsFolder OpenSingle(string path)
    {
        var file = SafetensorsFile.Open(path);
        return new SafetensorsFolder([file], file.InOrder);
    }

    private static SafetensorsFolder OpenIndex(string index)
    {
        var shardOf = SafetensorsIndex.Read(index);
        var folder = Path.GetDirectoryName(index) ?? "";
        var files = new List<SafetensorsFile>();
        try
        {
            var tensors = new List<StoredTensor>();
            foreach (var shard in shardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                var path = Path.Combine(folder, shard);
                if (!File.Exists(path)) throw new ModelFormatException(index, $"shard {TensorExtent.Short(shard)}", "the file is not in the folder; get the missing shard, or the whole model again");
                var file = SafetensorsFile.Open(path);
                files.Add(file);
                tensors.AddRange(file.InOrder.Where(tensor => shardOf.TryGetValue(tensor.Name, out var named) && named == shard));
            }

            if (tensors.Count == shardOf.Count) return new SafetensorsFolder(files, tensors);
            foreach (var tensor in tensors) shardOf.Remove(tensor.Name);
            var (missing, place) = shardOf.First();
            throw new ModelFormatException(index, TensorExtent.Place(missing), $"the index says that it is in {place}, but it is not there; index and shards are of different models, so get the model again");
        }
        catch
        {
            foreach (var file in files) file.Dispose();
            throw;
        }
    }

    private static string Remedy(string folder)
    {
        if (Directory.EnumerateFiles(folder, "*.gguf").Any()) return "give the .gguf file itself as the model";
        if (Directory.EnumerateFiles(folder, "*.bin").Any()) return "its weights are PyTorch pickles, which can run code when read: save the model as safetensors first";
        return "give a folder with the weights of a model";
    }
}
