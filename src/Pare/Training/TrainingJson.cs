using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pare.Training;

/// <summary>How steps are written as JSON: camelCase keys, absent where there is no figure.</summary>
internal static class TrainingJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}
