using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Training;

namespace Pare.Compression;

/// <summary>The state of a run between two shots on disk: the changed weights and what was done. A run that goes on from it gives the same bytes as one that was never stopped.</summary>
/// <remarks>
/// A folder <c>shot-0003</c> with <c>state.json</c> and <c>weights.safetensors</c> (float32); it appears complete or not at all, and the one before it goes then.
/// A shot depends on the weights, the text and the options alone, so there is nothing else to keep.
/// </remarks>
internal sealed class SurgeonCheckpoint(string root, JsonObject run)
{
    private const int Version = 1;
    private const string Prefix = "shot-";
    private const string StateName = "state.json";
    private const string WeightsName = "weights.safetensors";
    private const string Removed = ".removed";
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Keeps what a shot left.</summary>
    public void Save(IReadOnlyList<SurgeonStep> steps, TrainableModel model, IEnumerable<ParameterId> changed)
    {
        Directory.CreateDirectory(root);
        RemoveLeftovers();
        var tensors = changed.Select(id =>
        {
            var parameter = model.Graph.Get(id);
            long[] shape = parameter.IsVector ? [parameter.Columns] : [parameter.Rows, parameter.Columns];
            return new OutgoingTensor(parameter.Name, ElementType.F32, shape, stream => Write(stream, model.Values(id)));
        }).ToList();
        AtomicFolder.Write(Path.Combine(root, $"{Prefix}{steps.Count:D4}"), overwrite: false, folder =>
        {
            SafetensorsWriter.Write(Path.Combine(folder, WeightsName), tensors);
            var state = new JsonObject { ["version"] = Version, ["run"] = run.DeepClone(), ["steps"] = JsonSerializer.SerializeToNode(steps, s_json) };
            AtomicFile.WriteText(Path.Combine(folder, StateName), state.ToJsonString() + "\n");
        });
        foreach (var old in Complete().Skip(1)) Remove(old);
    }

    /// <summary>Takes the latest state up again.</summary>
    /// <param name="model">Receives the weights.</param>
    /// <param name="changed">The parameters that shots change.</param>
    /// <returns>The shots that are done; empty where there is nothing to go on from.</returns>
    /// <exception cref="RecipeException">The folder is of another run, or damaged.</exception>
    public IReadOnlyList<SurgeonStep> Load(TrainableModel model, IEnumerable<ParameterId> changed)
    {
        if (Complete().FirstOrDefault() is not { } folder) return [];
        try
        {
            using var document = BoundedJson.Open(Path.Combine(folder, StateName));
            var state = JsonObject.Create(document.RootElement.Clone()) ?? throw new InvalidOperationException($"{StateName} holds no object");
            if ((int?)state["version"] != Version) throw new RecipeException("", $"{folder} was written by another version of this program; remove it to start anew");
            Compare(folder, state["run"] as JsonObject ?? []);
            using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
            foreach (var id in changed) Read(file, model.Graph.Get(id).Name, model.Values(id));
            return state["steps"].Deserialize<List<SurgeonStep>>(s_json) ?? [];
        }
        catch (Exception e) when (e is ModelFormatException or IOException or JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new RecipeException("", $"the state of the run in {folder} cannot be read ({e.Message}); remove that folder to start anew", e);
        }
    }

    // The latest first.
    private List<string> Complete() => !Directory.Exists(root) ? [] :
        [.. Directory.GetDirectories(root, Prefix + "*").Where(folder => Path.GetFileName(folder)[Prefix.Length..].All(char.IsAsciiDigit)).OrderByDescending(Path.GetFileName, StringComparer.Ordinal)];

    private void Compare(string folder, JsonObject found)
    {
        foreach (var (key, value) in run)
        {
            if (JsonNode.DeepEquals(value, found[key])) continue;
            throw new RecipeException("", $"{folder} is the state of another run: {key} is {Shorten(found[key])} there and {Shorten(value)} here; give another output, repeat that run's options, or remove that folder to start anew");
        }
    }

    private static string Shorten(JsonNode? node) => node?.ToJsonString() is { } text ? text.Length <= 80 ? text : text[..80] + "…" : "missing";

    private static void Remove(string folder)
    {
        // Under another name first: what is half deleted is no state.
        Directory.Move(folder, folder + Removed);
        Directory.Delete(folder + Removed, recursive: true);
    }

    private void RemoveLeftovers()
    {
        foreach (var folder in Directory.GetDirectories(root, Prefix + "*"))
            if (folder.EndsWith(Removed, StringComparison.Ordinal) || Path.GetFileName(folder).Contains(".partial-", StringComparison.Ordinal)) Directory.Delete(folder, recursive: true);
    }

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
