using Pare.Tests.Formats;

namespace Pare.Tests.Evaluation;

internal static class TemporaryFolderExtensions
{
    /// <summary>Writes a file into the folder and returns its path.</summary>
    public static string Write(this TemporaryFolder folder, string name, byte[] bytes)
    {
        var path = folder.File(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes a text file into the folder and returns its path.</summary>
    public static string Write(this TemporaryFolder folder, string name, string text)
    {
        var path = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
