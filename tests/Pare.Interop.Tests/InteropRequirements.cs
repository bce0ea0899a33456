using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Pare.TestSupport;

namespace Pare.Interop.Tests;

/// <summary>What an interop test needs that a bare clone does not have.</summary>
internal static class InteropRequirements
{
    /// <summary>The oldest node that the npm packages run on.</summary>
    private const int OldestNode = 20;

    private static readonly Lazy<int?> s_node = new(NodeVersion);

    /// <summary>Why a test is skipped, or null where everything is there.</summary>
    public static string? Missing(bool needsShared) =>
        !LlamaLibrary.IsInstalledIn(SharedFiles.Repository) ? "needs the npm packages: npm ci --ignore-scripts in tests/interop (Linux, x64)"
        : s_node.Value is not { } node ? $"needs node {OldestNode} or later on PATH"
        : node < OldestNode ? $"needs node {OldestNode} or later, found {node}"
        : needsShared && SharedFiles.Root is null ? "needs the shared folder beside the repository (or PARE_SHARED)"
        : null;

    private static int? NodeVersion()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true, RedirectStandardError = true });
            if (process is null) return null;
            // "v22.4.1"
            var version = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            var major = version.Split('.')[0];
            return major.StartsWith('v') && int.TryParse(major.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
