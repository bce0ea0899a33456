using Pare.Formats;

namespace Pare.Search;

/// <summary>What may be chosen of a model. An empty list leaves that as it is in the model.</summary>
public sealed record SubNetworkSpaceOptions
{
    /// <summary>Numbers of layers.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [];

    /// <summary>Widths of the feed-forward networks, in neurons.</summary>
    public IReadOnlyList<int> FfnSizes { get; init; } = [];

    /// <summary>Numbers of key-value heads; their query heads go with them.</summary>
    public IReadOnlyList<int> KeyValueHeads { get; init; } = [];

    /// <summary>Numbers of query heads of each key-value head.</summary>
    public IReadOnlyList<int> HeadsPerGroup { get; init; } = [];

    /// <summary>Channels of a head, in all layers.</summary>
    public IReadOnlyList<int> HeadSizes { get; init; } = [];

    /// <summary>Channels of the residual stream.</summary>
    public IReadOnlyList<int> HiddenSizes { get; init; } = [];

    /// <summary>Formats of the linear sites.</summary>
    public IReadOnlyList<ElementType> Formats { get; init; } = [];

    /// <summary>Patterns of the linear sites: <c>dense</c>, or N:M such as <c>2:4</c>. The first one counts as keeping most.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>Nominal shares of activations that thresholds set to zero, from 0 on and below 1.</summary>
    public IReadOnlyList<double> Thresholds { get; init; } = [];

    /// <summary>Whether each layer has its own widths, heads and format; otherwise all have the same.</summary>
    public bool IsPerLayer { get; init; } = true;
}
