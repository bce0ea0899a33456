using System.Diagnostics;
using System.Globalization;
using Pare.Evaluation;
using Pare.TestSupport;

namespace Pare.Benchmarks.Comparison;

/// <summary>What a speed figure is worth nothing without: the machine, the commit, and how busy the machine was.</summary>
internal sealed record MachineRecord(MachineIdentity Machine, string Commit, double? LoadAverage)
{
    public string Processor => Machine.Processor ?? "unknown processor";

    public string VectorUnits => Machine.InstructionSet;

    public string Runtime => Machine.Runtime;

    public static MachineRecord Here(int threads = 1) => new(MachineIdentity.Current(threads), CommitName(), Load());

    // Other programs' load in the last minute: a run beside them proves nothing, so it is on record.
    private static double? Load() => File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null;

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
