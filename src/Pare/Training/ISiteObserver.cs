namespace Pare.Training;

/// <summary>Sees what goes into and what comes back through every linear site during a backward pass, without keeping it.</summary>
public interface ISiteObserver
{
    /// <summary>Called once per site and batch, from the last block to the first, on the caller's thread; the memory is valid during the call only.</summary>
    /// <param name="gradients">The site with its input and output gradient.</param>
    void Observe(in SiteGradients gradients);
}
