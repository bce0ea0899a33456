namespace Pare.Training;

/// <summary>A trainable low-rank correction of a linear map: y += scale · (x·Aᵀ)·Bᵀ with A [rank, columns] and B [rows, rank] (Hu et al. 2021, arXiv 2106.09685).</summary>
internal sealed unsafe class LoraAdapter
{
    /// <summary>Rank r.</summary>
    public required int Rank { get; init; }

    /// <summary>α / r.</summary>
    public required float Scale { get; init; }

    /// <summary>Elements from one row of A to the next: the columns of the whole map.</summary>
    public required int Stride { get; init; }

    /// <summary>A, [rank, columns].</summary>
    public required float* Down { get; init; }

    /// <summary>Gradient of A.</summary>
    public required float* DownGradient { get; init; }

    /// <summary>B, [rows, rank].</summary>
    public required float* Up { get; init; }

    /// <summary>Gradient of B.</summary>
    public required float* UpGradient { get; init; }
}
