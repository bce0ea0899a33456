using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Training;

/// <summary>The state of a training run on disk: everything that moves, so that a run that goes on gives the same bytes as one that was never stopped.</summary>
/// <remarks>
/// A checkpoint is a folder <c>step-00000100</c> with <c>state.json</c> (step, tokens, what the run is, its history) and <c>tensors.safetensors</c>
/// (values of all trained tensors and what the optimizer remembers of them, in float32). It appears under its name complete or not at all.
/// The order of the windows is a function of the seed and the step, so no state of a random generator is needed.
/// </remarks>
internal sealed class TrainingCheckpoint(string root)
{
    private const int Version = 1;
    private const string Prefix = "step-";
    private const string StateName = "state.json";
    private const string TensorsName = "tensors.safetensors";

    private const string Removed = ".removed";

    /// <summary>Folders of complete checkpoints, the latest first.</summary>
    public IReadOnlyList<string> Complete => !Directory.Exists(root) ? [] :
        [.. Directory.GetDirectories(root, Prefix + "*").Where(IsCheckpoint).OrderByDescending(Path.GetFileName, StringComparer.Ordinal)];

    /// <summary>Removes all checkpoints, and the folder if nothing else is in it.</summary>
    public void Clear()
    {
        foreach (var folder in Complete) Remove(folder);
        RemoveLeftovers();
        if (Directory.Exists(root) && !Directory.EnumerateFileSystemEntries(root).Any()) Directory.Delete(root);
    }

    /// <summary>Writes a checkpoint and removes old ones.</summary>
    public unsafe void Save(TrainingState state, JsonObject run, IReadOnlyList<TrainableTensor> tensors, IOptimizer optimizer, int kept)
    {
        Directory.CreateDirectory(root);
        RemoveLeftovers();
        var folder = Path.Combine(root, $"{Prefix}{state.Step:D8}");
        if (Directory.Exists(folder)) Remove(folder);
        AtomicFolder.Write(folder, overwrite: false, path =>
        {
            var outgoing = new List<OutgoingTensor>();
            foreach (var tensor in tensors.Concat(optimizer.State))
            {
                long[] shape = tensor.IsVector ? [tensor.Columns] : [tensor.Rows, tensor.Columns];
                outgoing.Add(new OutgoingTensor(tensor.Name, ElementType.F32, shape, stream => Write(stream, new ReadOnlySpan<float>(tensor.Values, checked((int)tensor.Count)))));
            }

            SafetensorsWriter.Write(Path.Combine(path, TensorsName), outgoing);
            var json = new JsonObject
            {
                ["version"] = Version,
                ["run"] = run.DeepClone(),
                ["step"] = state.Step,
                ["tokens"] = state.Tokens,
                ["seconds"] = state.Seconds,
                ["history"] = JsonSerializer.SerializeToNode(state.History, TrainingLog.Options),
            };
            AtomicFile.WriteText(Path.Combine(path, StateName), json.ToJsonString() + "\n");
        });
        foreach (var old in Complete.Skip(kept)) Remove(old);
    }

    /// <summary>Takes the latest checkpoint up again; null where there is none.</summary>
    /// <exception cref="TrainingException">The checkpoint is of another run or damaged.</exception>
    public unsafe TrainingState? Load(JsonObject run, IReadOnlyList<TrainableTensor> tensors, IOptimizer optimizer)
    {
        if (Complete is not [var folder, ..]) return null;
        try
        {
            using var document = BoundedJson.Open(Path.Combine(folder, StateName));
            var state = JsonObject.Create(document.RootElement.Clone()) ?? throw new TrainingException($"{folder}: {StateName} holds no object");
            if ((int?)state["version"] != Version) throw new TrainingException($"{folder} is a checkpoint of version {state["version"]}, and this program reads version {Version}; finish the run with the program that began it, or remove that folder to start anew");
            Compare(folder, run, state["run"] as JsonObject ?? []);
            using var file = SafetensorsFile.Open(Path.Combine(folder, TensorsName));
            foreach (var tensor in tensors.Concat(optimizer.State)) Read(file, tensor.Name, new Span<float>(tensor.Values, checked((int)tensor.Count)));
            var history = state["history"].Deserialize<List<TrainingStep>>(TrainingLog.Options) ?? [];
            var result = new TrainingState { Step = (long)state["step"]!, Tokens = (long)state["tokens"]!, Seconds = (double)state["seconds"]!, History = history };
            optimizer.Steps = result.Step;
            return result;
        }
        catch (Exception exception) when (exception is ModelFormatException or IOException or JsonException or InvalidOperationException or ArgumentNullException or FormatException)
        {
            throw new TrainingException($"the checkpoint {folder} cannot be read ({exception.Message}); remove that folder to go on from the one before it", exception);
        }
    }

    private static bool IsCheckpoint(string folder) => Path.GetFileName(folder)[Prefix.Length..].All(char.IsAsciiDigit);

    // Under another name first: what is half deleted is no checkpoint.
    private static void Remove(string folder)
    {
        Directory.Move(folder, folder + Removed);
        Directory.Delete(folder + Removed, recursive: true);
    }

    // What a killed process left of writing or deleting a checkpoint.
    private void RemoveLeftovers()
    {
        if (!Directory.Exists(root)) return;
        foreach (var folder in Directory.GetDirectories(root, Prefix + "*"))
            if (folder.EndsWith(Removed, StringComparison.Ordinal) || Path.GetFileName(folder).Contains(".partial-", StringComparison.Ordinal)) Directory.Delete(folder, recursive: true);
    }

    private static void Compare(string folder, JsonObject run, JsonObject found)
    {
        foreach (var (key, value) in run)
        {
            if (JsonNode.DeepEquals(value, found[key])) continue;
            throw new TrainingException($"{folder} is of another run: {key} is {Shorten(found[key])} there and {Shorten(value)} here; resume with the options of that run, or remove that folder to start anew");
        }
    }

    private static string Shorten(JsonNode? node) => node?.ToJsonString() is { } text ? text.Length <= 80 ? text : text[..80] + "…" : "missing";

    private static void Write(Stream stream, ReadOnlySpan<float> values)
    {
        for (var at = 0; at < values.Length; at += 1 << 20) stream.Write(MemoryMarshal.AsBytes(values.Slice(at, Math.Min(1 << 20, values.Length - at))));
    }

    private static void Read(SafetensorsFile file, string name, Span<float> values)
    {
        if (!file.Tensors.TryGetValue(name, out var tensor)) throw new InvalidOperationException($"the tensor {name} is missing");
        if (tensor.Type != ElementType.F32 || tensor.ElementCount != values.Length) throw new InvalidOperationException($"the tensor {name} has another shape");
        for (long row = 0, at = 0; row < tensor.Rows; row++, at += tensor.Columns)
            MemoryMarshal.Cast<byte, float>(tensor.RowBytes(row)).CopyTo(values.Slice((int)at, (int)tensor.Columns));
    }
}
