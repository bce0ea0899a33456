namespace Pare.Interop.Tests;

/// <summary>A theory against the programs of tests/interop; skipped, and counted as skipped, where they are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InteropTheoryAttribute : TheoryAttribute
{
    private bool _needsShared;

    public InteropTheoryAttribute() => Skip = InteropRequirements.Missing(false);

    /// <summary>The test also needs the folder of models and recorded figures beside the repository.</summary>
    public bool NeedsShared
    {
        get => _needsShared;
        set
        {
            _needsShared = value;
            Skip = InteropRequirements.Missing(value);
        }
    }
}
