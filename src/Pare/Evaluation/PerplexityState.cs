using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Pare.Formats;

namespace Pare.Evaluation;

/// <summary>The windows that a perplexity run has finished, as they are kept in its state file.</summary>
internal sealed class PerplexityState
{
    /// <summary>Fingerprint of the model and the tokens.</summary>
    public required string Key { get; init; }

    /// <summary>Mean negative log-likelihood of the windows from the first on.</summary>
    public required List<double> WindowMeans { get; init; }

    /// <summary>What makes two runs the same.</summary>
    public static string KeyOf(string? model, TokenWindows windows)
    {
        var tokens = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(windows.All)));
        return $"{model ?? "memory"} {windows.Window} {tokens}";
    }

    /// <summary>Reads the state of an earlier run, or starts a new one where the file is absent.</summary>
    /// <exception cref="ModelFormatException">The file belongs to another run or is no state file.</exception>
    public static PerplexityState Load(string path, string key, int windows)
    {
        if (!File.Exists(path)) return new PerplexityState { Key = key, WindowMeans = [] };
        PerplexityState? state;
        try
        {
            state = JsonSerializer.Deserialize(File.ReadAllBytes(path), EvaluationJson.Default.PerplexityState);
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException(path, "", "is no state file of an evaluation; give another name or delete it", exception);
        }

        if (state is null || state.Key != key || state.WindowMeans.Count > windows)
            throw new ModelFormatException(path, "", "holds the windows of another model, text or window length; give another name or delete it");
        return state;
    }

    /// <summary>Writes the state, all or nothing.</summary>
    public void Save(string path) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, EvaluationJson.Default.PerplexityState));
}
