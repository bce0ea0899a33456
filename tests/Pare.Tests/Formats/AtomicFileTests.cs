using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_file_is_made_with_its_folders_and_replaced_as_a_whole()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "new", "deeper", "file.bin");

        AtomicFile.Write(path, stream => stream.Write([1, 2, 3]));
        AtomicFile.Write(path, stream =>
        {
            stream.Write([4]);
            stream.Flush();
            Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        });

        Assert.Equal([4], File.ReadAllBytes(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_failure_leaves_the_old_content_and_no_temporary_file()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("file.txt");
        AtomicFile.WriteText(path, "old");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new InvalidOperationException("cut short");
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_full_disk_is_named_with_path_and_remedy()
    {
        if (!File.Exists("/dev/full")) return;
        using var folder = new TemporaryFolder();
        var path = folder.File("file.bin");

        var error = Assert.Throws<IOException>(() => AtomicFile.Write(path, _ =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            full.Write(new byte[4096]);
        }));

        Assert.Contains($"writing {path}: the disk is full", error.Message, StringComparison.Ordinal);
        Assert.Contains("Free some space", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_folder_appears_only_when_it_is_complete()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out");

        AtomicFolder.Write(output + "/", overwrite: false, partial =>
        {
            Assert.NotEqual(output, partial);
            Assert.False(Directory.Exists(output));
            File.WriteAllText(Path.Combine(partial, "config.json"), "{}");
        });

        Assert.Equal([Path.Combine(output, "config.json")], Directory.EnumerateFileSystemEntries(output));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_failed_folder_leaves_the_old_one_as_it_was()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out");
        AtomicFolder.Write(output, overwrite: false, partial => File.WriteAllText(Path.Combine(partial, "config.json"), "old"));

        Assert.Throws<InvalidOperationException>(() => AtomicFolder.Write(output, overwrite: true, partial =>
        {
            File.WriteAllText(Path.Combine(partial, "config.json"), "new");
            throw new InvalidOperationException("cut short");
        }));

        Assert.Equal("old", File.ReadAllText(Path.Combine(output, "config.json")));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_folder_with_content_is_replaced_only_when_told_and_only_if_it_is_a_model()
    {
        using var folder = new TemporaryFolder();
        var model = folder.File("model");
        var other = folder.File("other");
        AtomicFolder.Write(model, overwrite: false, partial => File.WriteAllText(Path.Combine(partial, "config.json"), "old"));
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "diary.txt"), "dear diary");
        File.WriteAllText(folder.File("file"), "");
        var ran = false;

        Assert.Contains("is not empty", Assert.Throws<IOException>(() => AtomicFolder.Write(model, overwrite: false, _ => ran = true)).Message, StringComparison.Ordinal);
        Assert.Contains("only a model folder is replaced", Assert.Throws<IOException>(() => AtomicFolder.Write(other, overwrite: true, _ => ran = true)).Message, StringComparison.Ordinal);
        Assert.Contains("there is a file of that name", Assert.Throws<IOException>(() => AtomicFolder.Write(folder.File("file"), overwrite: true, _ => ran = true)).Message, StringComparison.Ordinal);
        Assert.False(ran);

        AtomicFolder.Write(model, overwrite: true, partial => File.WriteAllText(Path.Combine(partial, "new.json"), "new"));
        Assert.Equal(["new.json"], Directory.EnumerateFiles(model).Select(Path.GetFileName));
        Assert.Equal(3, Directory.EnumerateFileSystemEntries(folder.Path).Count());
    }

    [Fact]
    public void What_a_killed_process_of_the_same_number_left_does_no_harm()
    {
        using var folder = new TemporaryFolder();
        var leftFile = folder.File($".file.partial-{Environment.ProcessId}");
        var leftFolder = folder.File($"out.partial-{Environment.ProcessId}");
        File.WriteAllText(leftFile, "half");
        Directory.CreateDirectory(leftFolder);
        File.WriteAllText(Path.Combine(leftFolder, "half"), "half");

        AtomicFile.WriteText(folder.File("file"), "whole");
        AtomicFolder.Write(folder.File("out"), overwrite: false, partial => File.WriteAllText(Path.Combine(partial, "whole"), "whole"));

        Assert.Equal("whole", File.ReadAllText(folder.File("file")));
        Assert.Equal(["whole"], Directory.EnumerateFiles(folder.File("out")).Select(Path.GetFileName));
        Assert.True(File.Exists(leftFile) && Directory.Exists(leftFolder));
        Assert.Equal(4, Directory.EnumerateFileSystemEntries(folder.Path).Count());
    }

    [Fact]
    public void Threads_that_write_the_same_file_leave_one_of_their_contents()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("file");

        Parallel.For(0, 16, i => AtomicFile.Write(path, stream => stream.Write(Enumerable.Repeat((byte)i, 5000).ToArray())));

        var content = File.ReadAllBytes(path);
        Assert.Equal(5000, content.Length);
        Assert.Single(content.Distinct());
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void An_empty_folder_is_filled()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out");
        Directory.CreateDirectory(output);

        AtomicFolder.Write(output, overwrite: false, partial => File.WriteAllText(Path.Combine(partial, "a"), "a"));

        Assert.Single(Directory.EnumerateFiles(output));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
