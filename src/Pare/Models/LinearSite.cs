namespace Pare.Models;

/// <summary>A linear map of a block, y = W x (+ b): where compression acts.</summary>
public sealed record LinearSite
{
    /// <summary>Name for people and recipes, without the ending ".weight", such as model.layers.0.self_attn.q_proj.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the block.</summary>
    public required int Layer { get; init; }

    /// <summary>Which of the block's maps.</summary>
    public required ParameterRole Role { get; init; }

    /// <summary>Output channels.</summary>
    public required int Rows { get; init; }

    /// <summary>Input channels.</summary>
    public required int Columns { get; init; }

    /// <summary>Whether a bias is added.</summary>
    public required bool HasBias { get; init; }

    /// <summary>What the site reads; sites with the same input share its statistics.</summary>
    public required SiteInput Input { get; init; }

    /// <summary>Identity of the weight.</summary>
    public ParameterId Weight => new(Role, Layer);

    /// <summary>Identity of the bias.</summary>
    public ParameterId Bias => new(Role, Layer, IsBias: true);

    /// <summary>Number of weights.</summary>
    public long WeightCount => (long)Rows * Columns;
}
