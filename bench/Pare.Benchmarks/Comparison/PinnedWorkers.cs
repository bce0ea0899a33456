using System.Globalization;
using Pare.Interop;

namespace Pare.Benchmarks.Comparison;

/// <summary>Binds the workers of every <see cref="Pare.Numerics.ComputePool"/> of the process: worker i to processor i − 1, as ggml does, found by the name of its thread.</summary>
internal static class PinnedWorkers
{
    private const string Prefix = "pare worker ";

    /// <summary>Binds them.</summary>
    /// <returns>How many workers were bound.</returns>
    public static int BindAll()
    {
        var bound = 0;
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            var name = File.ReadAllText(Path.Combine(task, "comm")).Trim();
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var worker)) continue;
            ThreadAffinity.Only((worker - 1) % Environment.ProcessorCount).ApplyTo(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture));
            bound++;
        }

        return bound;
    }
}
