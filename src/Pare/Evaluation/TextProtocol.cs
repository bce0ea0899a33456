namespace Pare.Evaluation;

/// <summary>How a file becomes the text whose perplexity is measured.</summary>
public enum TextProtocol
{
    /// <summary>The text as it is.</summary>
    Plain,

    /// <summary>The protocol of the pruning and quantization papers for WikiText-2 (raw, test split): rows, blank ones empty, joined with two line feeds.</summary>
    Wikitext2,
}
