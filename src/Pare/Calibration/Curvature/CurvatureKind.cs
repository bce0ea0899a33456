namespace Pare.Calibration;

/// <summary>How the curvature of the loss with respect to a linear site's weights is approximated: F ≈ Σ G ⊗ A, A [inputs, inputs] and G [rows, rows].</summary>
public enum CurvatureKind
{
    /// <summary>A and G are the second moments of the site's inputs and of the gradients of its outputs, taken as independent of each other, and scaled to one Frobenius norm.</summary>
    Independent,
    /// <summary>The sum of Kronecker products nearest to the empirical Fisher matrix in Frobenius norm (Van Loan and Pitsianis, 1993), by power iteration and deflation.</summary>
    NearestKronecker,
    /// <summary>As <see cref="Independent"/>, with labels drawn from the model's own predictions in place of the text's (Martens and Grosse 2015, arXiv 1503.05671).</summary>
    KFac,
    /// <summary>A as in <see cref="Independent"/>, G the identity: what a site gives is worth the same everywhere.</summary>
    Activations,
    /// <summary>Both the identity; needs no text.</summary>
    Identity,
}
