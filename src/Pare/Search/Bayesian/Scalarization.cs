namespace Pare.Search;

/// <summary>How Bayesian optimisation makes one number of several objectives, each scaled to [0, 1] over what was measured.</summary>
public enum Scalarization
{
    /// <summary>Their mean.</summary>
    Linear,
    /// <summary>Σ wₘ fₘ with weights drawn anew for every candidate.</summary>
    RandomLinear,
    /// <summary>max wₘ fₘ + 0.05 · Σ wₘ fₘ with weights drawn anew for every candidate (ParEGO, Knowles 2006); reaches fronts that are not convex, too.</summary>
    RandomChebyshev,
}
