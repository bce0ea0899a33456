namespace Pare.TestSupport;

/// <summary>A test that needs files outside the repository; skipped, and counted as skipped, where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute()
    {
        if (SharedFiles.Root is null) Skip = "needs the shared folder beside the repository (or PARE_SHARED)";
    }
}

/// <summary>A theory that needs files outside the repository; skipped, and counted as skipped, where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute()
    {
        if (SharedFiles.Root is null) Skip = "needs the shared folder beside the repository (or PARE_SHARED)";
    }
}
