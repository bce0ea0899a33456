using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pare.Evaluation;

/// <summary>How results are written as JSON: camelCase names, absent figures left out, not-a-number as the string "NaN".</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(PerplexityResult))]
[JsonSerializable(typeof(ComparisonResult))]
[JsonSerializable(typeof(Tasks.TaskResult))]
[JsonSerializable(typeof(IReadOnlyList<Tasks.TaskResult>))]
[JsonSerializable(typeof(Speed.BenchResult))]
[JsonSerializable(typeof(PerplexityState))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
