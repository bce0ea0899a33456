using Pare.Models;

namespace Pare.Runtime;

/// <summary>Sees what the linear sites of a block read while it runs.</summary>
internal unsafe interface IInputObserver
{
    /// <summary>Called once per kind of input and run, before the sites multiply it; the memory is valid during the call only.</summary>
    /// <param name="input">Which sites read it.</param>
    /// <param name="values">[tokens, columns].</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="columns">Channels.</param>
    void Observe(SiteInput input, float* values, int tokens, int columns);
}
