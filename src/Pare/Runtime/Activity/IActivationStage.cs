using Pare.Models;

namespace Pare.Runtime;

/// <summary>Acts on activations on their way through a block: sets them to zero, or looks at them.</summary>
internal unsafe interface IActivationStage
{
    /// <summary>Whether it has to do with a site.</summary>
    bool Acts(int layer, ActivationSite site);

    /// <summary>Called once per site and run, before anything reads the activations.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="site">The site.</param>
    /// <param name="values">[tokens, channels], to be changed in place.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="channels">Channels.</param>
    void Apply(int layer, ActivationSite site, float* values, int tokens, int channels);
}
