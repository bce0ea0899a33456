namespace Pare.Formats;

/// <summary>Writes a file so that under its name there is, at any moment, the whole new content or what was there before.</summary>
/// <remarks>
/// The content goes to a temporary file <c>.NAME.partial-PID</c> in the same folder (with a number behind it where a killed process left one), is flushed to the disk and then renamed.
/// A process that is killed leaves at most that temporary file.
/// </remarks>
internal static class AtomicFile
{
    private const int BufferBytes = 1 << 17;
    private const int UnixFileExists = 17;
    private const int WindowsFileExists = unchecked((int)0x80070050);

    /// <summary>Writes a file; folders on the way are made.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="write">Writes the content to the stream that it is given.</param>
    /// <exception cref="IOException">The file cannot be written; a full disk is named as such. The target is untouched.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        var target = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target) ?? throw new ArgumentException($"{path} is no file's path", nameof(path));
        Directory.CreateDirectory(folder);
        var temporary = "";
        try
        {
            using (var stream = CreateTemporary(Path.Combine(folder, $".{Path.GetFileName(target)}.partial-{Environment.ProcessId}")))
            {
                temporary = stream.Name;
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception e)
        {
            if (temporary.Length > 0) Remove(temporary);
            if (e is IOException io && DiskFull.Is(io)) throw DiskFull.Explain(path, io);
            throw;
        }
    }

    /// <summary>Writes a text file in UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="IOException">As for <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static FileStream CreateTemporary(string path)
    {
        const int Attempts = 1000;
        for (var i = 1; ; i++)
        {
            var name = i == 1 ? path : $"{path}-{i}";
            try
            {
                return new FileStream(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferBytes);
            }
            catch (IOException e) when (e.HResult is UnixFileExists or WindowsFileExists && i < Attempts)
            {
                // Left by a killed process of the same number, or in use by another thread: the next name is free.
            }
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report.
        }
    }
}
