namespace Pare.Models;

/// <summary>Where a block's norms stand around its attention and its feed-forward network f.</summary>
public enum NormPlacement
{
    /// <summary>x + f(norm(x)).</summary>
    Before,
    /// <summary>x + norm(f(x)) (OLMo-2).</summary>
    AfterSublayer,
    /// <summary>x + norm(f(norm(x))) (Gemma 2 and 3).</summary>
    BeforeAndAfterSublayer,
    /// <summary>norm(x + f(x)) (OPT-350m, the original transformer).</summary>
    AfterResidual,
}
