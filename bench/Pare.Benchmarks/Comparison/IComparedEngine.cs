namespace Pare.Benchmarks.Comparison;

/// <summary>One of two programs that run the same model file in turn.</summary>
internal interface IComparedEngine : IDisposable
{
    /// <summary>What was asked of it, for the record beside the figures.</summary>
    string Settings { get; }

    /// <summary>Bytes of the weights that one decoded token reads.</summary>
    long BytesPerToken { get; }

    /// <summary>Empties the cache and computes a prompt, with the logits of its last token.</summary>
    void Prefill(ReadOnlySpan<int> tokens);

    /// <summary>Appends one token and computes its logits.</summary>
    void Decode(int token);

    /// <summary>The logits of the last token computed.</summary>
    ReadOnlySpan<float> LastLogits { get; }

    /// <summary>Cuts the cache to its first positions.</summary>
    void Truncate(int position);

    /// <summary>Lets its threads rest, so that they do not spin into the other's sample.</summary>
    void Rest();
}
