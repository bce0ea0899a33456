using Pare.TestSupport;

namespace Pare.Interop.Tests;

/// <summary>What an interop test needs that a bare clone does not have.</summary>
internal static class InteropRequirements
{
    /// <summary>Why a test is skipped, or null where everything is there.</summary>
    public static string? Missing(bool needsShared) =>
        !LlamaLibrary.IsInstalledIn(SharedFiles.Repository) ? "needs the npm packages: npm ci --ignore-scripts in tests/interop (Linux, x64)"
        : needsShared && SharedFiles.Root is null ? "needs the shared folder beside the repository (or PARE_SHARED)"
        : null;
}
