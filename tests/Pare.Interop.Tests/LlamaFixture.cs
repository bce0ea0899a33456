using Pare.TestSupport;

namespace Pare.Interop.Tests;

/// <summary>Loads the libraries once for the tests of a class.</summary>
public sealed class LlamaFixture
{
    public LlamaFixture()
    {
        if (InteropRequirements.Missing(needsShared: false) is null) LlamaLibrary.Load(SharedFiles.Repository);
    }
}
