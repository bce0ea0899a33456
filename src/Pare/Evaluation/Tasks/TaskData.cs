using System.Security.Cryptography;
using Pare.Formats;

namespace Pare.Evaluation.Tasks;

/// <summary>The data folder of a run; remembers which of its files were read.</summary>
internal sealed class TaskData(string folder)
{
    private const long LargestFile = 1L << 30;
    private readonly SortedDictionary<string, string> _read = new(StringComparer.Ordinal);

    public string Folder => folder;

    /// <summary>The files that were read so far.</summary>
    public IReadOnlyList<TaskFileIdentity> Read => [.. _read.Select(entry => new TaskFileIdentity(entry.Key, entry.Value))];

    /// <summary>Path of the first of some files that exists.</summary>
    public string? Find(params string[] names) => names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Names of the files of a sub-folder that end in some way, in ordinal order.</summary>
    public IReadOnlyList<string> List(string subfolder, string ending)
    {
        var path = Path.Combine(folder, subfolder);
        if (!Directory.Exists(path)) throw new ModelFormatException(path, "", "the task's data folder is not there; give the folder that holds it with --data");
        return [.. Directory.GetFiles(path).Where(file => file.EndsWith(ending, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Content of the first of some files that exists.</summary>
    /// <exception cref="ModelFormatException">None exists, or it is too large.</exception>
    public (string Path, byte[] Bytes) Open(params string[] names)
    {
        var path = Find(names) ?? throw new ModelFormatException(Path.Combine(folder, names[0]), "", "the task's data file is not there; give the folder that holds it with --data");
        return (path, ReadAll(path));
    }

    /// <summary>Content of a file.</summary>
    public byte[] ReadAll(string path)
    {
        if (!File.Exists(path)) throw new ModelFormatException(path, "", "there is no such data file");
        var length = new FileInfo(path).Length;
        if (length > LargestFile) throw new ModelFormatException(path, "", $"has {length} bytes; task files of at most {LargestFile} are read");
        var bytes = File.ReadAllBytes(path);
        _read[Path.GetRelativePath(folder, path).Replace('\\', '/')] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return bytes;
    }
}
