using System.Diagnostics;
using System.Globalization;

namespace Pare.Evaluation;

/// <summary>Physical memory of this process.</summary>
public static class ResidentMemory
{
    /// <summary>Most physical memory that the process has had so far, mapped files included.</summary>
    /// <returns>Bytes (Linux: VmHWM of /proc/self/status; elsewhere the peak working set), or null where the system does not tell.</returns>
    public static long? Peak()
    {
        if (Status("VmHWM:") is { } peak) return peak;
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 is > 0 and var bytes ? bytes : null;
    }

    private static long? Status(string key)
    {
        const string Path = "/proc/self/status";
        if (!File.Exists(Path)) return null;
        foreach (var line in File.ReadLines(Path))
        {
            if (!line.StartsWith(key, StringComparison.Ordinal)) continue;
            var digits = line.AsSpan(key.Length).Trim();
            var space = digits.IndexOf(' ');
            if (space > 0) digits = digits[..space];
            return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var kib) ? kib * 1024 : null;
        }

        return null;
    }
}
