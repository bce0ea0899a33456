namespace Pare.Compression;

/// <summary>How <see cref="BlockInfluenceOptions"/> tells what matters least.</summary>
public enum DepthMeasure
{
    /// <summary>1 − the mean cosine between the residual stream before and after it: one run of the text for all.</summary>
    Influence,
    /// <summary>Perplexity of the model without it: one run of the text for each.</summary>
    Perplexity,
}
