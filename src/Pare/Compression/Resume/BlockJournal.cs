using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>The state of a run on disk: which blocks are done, their weights, and the calibration windows behind the last of them. A run that goes on from it gives the same bytes as one that was never stopped.</summary>
/// <remarks>
/// A folder with <c>journal.jsonl</c> (a line that names the run, then one for every block), <c>changed-weights</c>, and <c>stream-0007</c>, the windows behind block 7.
/// A block counts once its line is complete; what is behind it in the other files is written anew.
/// </remarks>
internal sealed class BlockJournal : IDisposable
{
    private const int Version = 1;
    private const string JournalName = "journal.jsonl";
    private const string StreamPrefix = "stream-";
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, IncludeFields = false };
    private readonly string _folder;
    private readonly List<JournalBlock> _blocks = [];
    private readonly FileStream _stream;

    /// <summary>Takes the state up again where there is one of the same run, or begins.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="run">What the result depends on.</param>
    /// <exception cref="RecipeException">The folder holds the state of another run, or a damaged one.</exception>
    public BlockJournal(string folder, JsonObject run)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        var header = new JsonObject { ["version"] = Version, ["run"] = run.DeepClone() };
        _stream = Open(Path.Combine(folder, JournalName));
        try
        {
            var end = Read(header);
            _stream.SetLength(end);
            _stream.Position = end;
            if (end == 0) Append(header.ToJsonString());
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>The file of changed weights.</summary>
    public string WeightsPath => Path.Combine(_folder, "changed-weights");

    /// <summary>Blocks that are done, in order; the first is −1.</summary>
    public IReadOnlyList<JournalBlock> Blocks => _blocks;

    /// <summary>The windows behind the last block, or null where none were kept.</summary>
    public string? StreamPath => _blocks is [.., { HasStream: true } last] ? PathOfStream(last.Block) : null;

    /// <summary>Says that a block is done.</summary>
    /// <param name="block">The block; its weights are in the file of changed weights.</param>
    /// <param name="saveStream">Writes the windows behind it to a file, or null where no later block needs them.</param>
    public void Complete(JournalBlock block, Action<Stream>? saveStream)
    {
        if (saveStream is not null)
        {
            using var stream = new FileStream(PathOfStream(block.Block), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
            saveStream(stream);
            stream.Flush(flushToDisk: true);
        }

        Append(JsonSerializer.Serialize(block with { HasStream = saveStream is not null }, s_json));
        _blocks.Add(block with { HasStream = saveStream is not null });
        foreach (var old in Directory.GetFiles(_folder, StreamPrefix + "*").Where(path => path != StreamPath)) File.Delete(old);
    }

    /// <summary>Removes the files; a folder in which nothing else lies goes with them.</summary>
    public void Discard()
    {
        _blocks.Clear();
        _stream.Dispose();
        if (!Directory.Exists(_folder)) return;
        foreach (var path in (string[])[.. Directory.GetFiles(_folder, StreamPrefix + "*"), WeightsPath, _stream.Name]) File.Delete(path);
        if (!Directory.EnumerateFileSystemEntries(_folder).Any()) Directory.Delete(_folder);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private string PathOfStream(int block) => Path.Combine(_folder, $"{StreamPrefix}{block + 1:D4}");

    private void Append(string line)
    {
        _stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        _stream.Flush(flushToDisk: true);
    }

    // Nobody else may have it: two runs of one output would write into the same files.
    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path) && !DiskFull.Is(e))
        {
            throw new IOException($"{path} is in use: another run is writing this output; wait for it, or give another output", e);
        }
    }

    // Where the last complete line ends.
    private long Read(JsonObject header)
    {
        var bytes = new byte[checked((int)_stream.Length)];
        _stream.ReadExactly(bytes);
        var (begin, lines) = (0, 0);
        for (int end; (end = Array.IndexOf(bytes, (byte)'\n', begin)) >= 0; begin = end + 1, lines++)
        {
            var line = bytes.AsSpan(begin, end - begin);
            try
            {
                if (lines == 0) Compare(JsonNode.Parse(line) as JsonObject ?? [], header);
                else _blocks.Add(JsonSerializer.Deserialize<JournalBlock>(line, s_json) ?? throw new JsonException("an empty line"));
                if (lines > 0 && _blocks[^1].Block != lines - 2) throw new JsonException($"line {lines + 1} is of block {_blocks[^1].Block}");
            }
            catch (JsonException e)
            {
                throw Damaged(e.Message, e);
            }
        }

        return begin;
    }

    /// <summary>The exception for a state that does not fit together.</summary>
    public RecipeException Damaged(string problem, Exception? inner = null) =>
        new("", $"the state of the run in {_folder} cannot be read ({problem}); remove that folder to start anew", inner);

    private void Compare(JsonObject found, JsonObject header)
    {
        if (JsonNode.DeepEquals(found["version"], header["version"]) && JsonNode.DeepEquals(found["run"], header["run"])) return;
        var (there, here) = (found["run"] as JsonObject ?? [], (JsonObject)header["run"]!);
        var key = here.Select(entry => entry.Key).FirstOrDefault(key => !JsonNode.DeepEquals(there[key], here[key])) ?? "version";
        throw new RecipeException("", $"{_folder} is the state of another run (its {key} differs); give another output, repeat that run's options, or remove that folder to start anew");
    }
}
