namespace Pare.Compression;

/// <summary>What <see cref="BlockInfluenceOptions"/> removes as a whole.</summary>
public enum DepthUnit
{
    /// <summary>Whole blocks.</summary>
    Blocks,
    /// <summary>The attention of blocks.</summary>
    Attention,
    /// <summary>The feed-forward networks of blocks.</summary>
    Ffn,
    /// <summary>Attentions and feed-forward networks, which compete; a block that loses both is gone.</summary>
    Sublayers,
}
