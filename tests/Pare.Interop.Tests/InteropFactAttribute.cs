namespace Pare.Interop.Tests;

/// <summary>A test against the programs of tests/interop; skipped, and counted as skipped, where they are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InteropFactAttribute : FactAttribute
{
    private bool _needsShared;

    public InteropFactAttribute() => Skip = InteropRequirements.Missing(NeedsShared);

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
