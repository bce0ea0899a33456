namespace Pare.Models;

/// <summary>Shape of one block. Layers of a model may differ.</summary>
public sealed record LayerConfig
{
    /// <summary>Query heads; 0 where the block has no attention.</summary>
    public required int Heads { get; init; }

    /// <summary>Key-value heads, a divisor of <see cref="Heads"/>; 0 where the block has no attention.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Channels of a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Neurons of the feed-forward network; 0 where the block has none.</summary>
    public required int FfnSize { get; init; }

    /// <summary>Factor on the query-key products.</summary>
    public required float AttentionScale { get; init; }

    /// <summary>A query sees this many keys, itself included; null sees all before it.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Rotary embedding; null where positions are learned.</summary>
    public RopeConfig? Rope { get; init; }

    /// <summary>
    /// For each key-value head which of the rotary pairs its channels are, [key-value heads · pairs]: channels (i, i + pairs) turn as pair entry[i] of <see cref="Rope"/> does,
    /// whose dimensions are then those of a whole head. Null where heads have all pairs in order.
    /// </summary>
    public int[]? RotaryPairs { get; init; }

    /// <summary>Whether the block has attention.</summary>
    public bool HasAttention => Heads > 0;

    /// <summary>Whether the block has a feed-forward network.</summary>
    public bool HasFfn => FfnSize > 0;

    /// <summary>Rows of the query projection.</summary>
    public int QuerySize => Heads * HeadSize;

    /// <summary>Rows of the key and of the value projection.</summary>
    public int KeyValueSize => KeyValueHeads * HeadSize;
}
