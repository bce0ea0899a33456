namespace Pare.Tests.Training.Definition;

/// <summary>LoRA on a linear map: y = x · Wᵀ + (alpha / rank) · (x · Aᵀ) · Bᵀ with A [rank, inputs] and B [outputs, rank] (Hu et al. 2021, arXiv 2106.09685).</summary>
internal sealed record DoubleAdapter(Var A, Var B, double Alpha)
{
    public double Factor => Alpha / A.Rows;
}
