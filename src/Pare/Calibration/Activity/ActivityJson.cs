using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pare.Calibration;

/// <summary>How an analysis is written as JSON: camelCase names, absent figures left out.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(ActivityResult))]
internal sealed partial class ActivityJson : JsonSerializerContext;
