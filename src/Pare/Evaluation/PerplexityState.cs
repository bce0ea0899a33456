using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Pare.Formats;

namespace Pare.Evaluation;

/// <summary>The windows that a perplexity run has finished, as they are kept in its state file.</summary>
internal sealed class PerplexityState
{
    /// <summary>What has to be the same for the figures of a window to be the same: model, window length, text, instructions.</summary>
    public required string Key { get; init; }

    /// <summary>SHA-256 of the finished windows' tokens.</summary>
    public required string Tokens { get; set; }

    /// <summary>Mean negative log-likelihood of the windows from the first on.</summary>
    public required List<double> WindowMeans { get; init; }

    /// <summary>What makes two runs the same; how many windows they take is not part of it, so that a longer run goes on from a shorter one.</summary>
    public static string KeyOf(string? model, string keyValueType, TokenWindows windows) =>
        $"{model ?? "memory"} {keyValueType} {windows.Window} {windows.Protocol} {windows.Text.Sha256} {MachineIdentity.Instructions()}";

    /// <summary>Reads the state of an earlier run, or starts a new one where the file is absent.</summary>
    /// <exception cref="ModelFormatException">The file belongs to another run or is no state file.</exception>
    public static PerplexityState Load(string? path, string key, TokenWindows windows)
    {
        if (path is null || !File.Exists(path)) return new PerplexityState { Key = key, Tokens = HashOf(windows, 0), WindowMeans = [] };
        PerplexityState? state;
        try
        {
            state = JsonSerializer.Deserialize(File.ReadAllBytes(path), EvaluationJson.Default.PerplexityState);
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException(path, "", "is no state file of an evaluation; give another name or delete it", exception);
        }

        if (state is null || state.WindowMeans is not { } means || !means.All(double.IsFinite))
            throw new ModelFormatException(path, "windowMeans", "must be the means of finished windows and is damaged; give another name or delete the file");
        if (state.Key != key)
            throw new ModelFormatException(path, "", "holds the windows of another model, text, window length or instruction set; give another name or delete it");
        if (means.Count > windows.Count)
            throw new ModelFormatException(path, "", $"holds {means.Count} windows and {windows.Count} are wanted; ask for at least {means.Count}, or give another name");
        if (state.Tokens != HashOf(windows, means.Count))
            throw new ModelFormatException(path, "", "holds windows of other tokens; give another name or delete it");
        return state;
    }

    /// <summary>Writes the state, all or nothing.</summary>
    public void Save(string path, TokenWindows windows)
    {
        Tokens = HashOf(windows, WindowMeans.Count);
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, EvaluationJson.Default.PerplexityState));
    }

    private static string HashOf(TokenWindows windows, int count) =>
        Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(windows.All[..(count * windows.Window)])));
}
