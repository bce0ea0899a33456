using System.Text.Json;
using System.Text.Json.Serialization;
using Pare.Formats;

namespace Pare.Training;

/// <summary>The steps of a run as JSON, one to a line: camelCase keys, absent where there is no figure.</summary>
public static class TrainingLog
{
    /// <summary>Name of the log in a trained model's folder.</summary>
    public const string FileName = "training.jsonl";

    internal static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>A line.</summary>
    /// <param name="step">The step.</param>
    /// <returns>JSON without a line feed.</returns>
    public static string Line(TrainingStep step) => JsonSerializer.Serialize(step, Options);

    /// <summary>Writes all lines, or none.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="history">The steps.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, IEnumerable<TrainingStep> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        AtomicFile.WriteText(path, string.Concat(history.Select(step => Line(step) + "\n")));
    }
}
