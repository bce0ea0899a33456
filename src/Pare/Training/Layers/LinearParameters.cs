using Pare.Models;

namespace Pare.Training;

/// <summary>A linear map as training sees it: its weight [rows, columns], its bias, and where their gradients are added up.</summary>
/// <remarks>Rows lie <see cref="Stride"/> elements apart, so that a map of fewer inputs or outputs can be a slice of a larger one.</remarks>
internal sealed unsafe class LinearParameters
{
    /// <summary>The site, or null for the embedding projections and the head.</summary>
    public LinearSite? Site { get; init; }

    /// <summary>Output channels.</summary>
    public required int Rows { get; init; }

    /// <summary>Input channels.</summary>
    public required int Columns { get; init; }

    /// <summary>Elements from one row of the weight to the next.</summary>
    public required int Stride { get; init; }

    /// <summary>Rows of the larger map behind this one's, in order; null for the first <see cref="Rows"/>.</summary>
    public Segment[]? RowSegments { get; init; }

    /// <summary>Columns of the larger map behind this one's, in order; null for the first <see cref="Columns"/>.</summary>
    public Segment[]? ColumnSegments { get; init; }

    /// <summary>The weight of the larger map.</summary>
    public float* Weight { get; set; }

    /// <summary>Its gradient, laid out like it; null where none is wanted.</summary>
    public float* WeightGradient { get; set; }

    /// <summary>[rows] bias of the larger map, or null.</summary>
    public float* Bias { get; set; }

    /// <summary>Its gradient, or null.</summary>
    public float* BiasGradient { get; set; }

    /// <summary>A low-rank correction, or null.</summary>
    public LoraAdapter? Lora { get; set; }
}
