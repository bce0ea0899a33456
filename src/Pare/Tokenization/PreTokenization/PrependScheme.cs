namespace Pare.Tokenization;

/// <summary>Where Metaspace puts a mark.</summary>
internal enum PrependScheme
{
    /// <summary>Before every piece.</summary>
    Always,

    /// <summary>Before the piece that starts the text.</summary>
    First,

    /// <summary>Nowhere.</summary>
    Never,
}
