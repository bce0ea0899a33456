using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using Pare.TestSupport;

namespace Pare.Benchmarks.Comparison;

/// <summary>What a speed figure is worth nothing without: processor, runtime and commit.</summary>
internal sealed record MachineRecord(string Processor, int Processors, string VectorUnits, string Runtime, string Commit, double? LoadAverage)
{
    public static MachineRecord Here() => new(ProcessorName(), Environment.ProcessorCount, Units(), System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription, CommitName(), Load());

    private static string ProcessorName()
    {
        const string info = "/proc/cpuinfo";
        var line = File.Exists(info) ? File.ReadLines(info).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? "unknown processor" : line[(line.IndexOf(':') + 1)..].Trim();
    }

    private static string Units() => string.Join(", ", new (bool Has, string Name)[]
    {
        (Avx2.IsSupported, "AVX2"), (Fma.IsSupported, "FMA"), (Avx512F.IsSupported, "AVX-512F"), (Avx512Vbmi.IsSupported, "AVX-512 VBMI"), (AvxVnni.IsSupported, "AVX-VNNI"),
    }.Where(unit => unit.Has).Select(unit => unit.Name));

    // Other programs' load in the last minute: a run beside them proves nothing, so it is on record.
    private static double? Load() => File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) : null;

    private static string CommitName()
    {
        var commit = Git("rev-parse --short=12 HEAD");
        if (commit is null) return "unknown";
        return string.IsNullOrEmpty(Git("status --porcelain --untracked-files=no")) ? commit : commit + " with local changes";
    }

    private static string? Git(string arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = SharedFiles.Repository, RedirectStandardOutput = true, RedirectStandardError = true });
            if (process is null) return null;
            var text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
