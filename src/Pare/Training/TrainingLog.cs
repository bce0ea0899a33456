using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pare.Training;

/// <summary>How steps are written as JSON, one to a line of a log: camelCase keys, absent where there is no figure.</summary>
public static class TrainingLog
{
    /// <summary>Options for <see cref="TrainingStep"/>.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}
