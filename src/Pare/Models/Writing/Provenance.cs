using System.Reflection;
using System.Text.Json.Nodes;

namespace Pare.Models.Writing;

/// <summary>Content of pare.json: what made a model. It holds no times and no places, so that the same work gives the same bytes.</summary>
internal static class Provenance
{
    /// <summary>A beginning with the tool's version.</summary>
    public static JsonObject Begin() => new() { ["tool"] = "pare", ["toolVersion"] = Version };

    /// <summary>Says what made the model that this one was made from, without what only describes that model's own files.</summary>
    public static void AddSource(JsonObject provenance, Model source)
    {
        if (source.Provenance?.DeepClone() is not JsonObject earlier) return;
        earlier.Remove(PackedTensors.Key);
        earlier.Remove(ActivationSparsityFile.Key);
        provenance["source"] = earlier;
    }

    /// <summary>The version of the assembly, without what a build adds behind it.</summary>
    public static string Version { get; } = typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
