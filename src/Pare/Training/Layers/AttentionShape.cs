namespace Pare.Training;

/// <summary>What attention over a batch of sequences needs to know.</summary>
internal readonly record struct AttentionShape
{
    /// <summary>Tokens of a sequence.</summary>
    public required int Length { get; init; }

    /// <summary>Sequences.</summary>
    public required int Sequences { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key-value heads, a divisor of <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Channels of a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Factor on the query-key products.</summary>
    public required float Scale { get; init; }

    /// <summary>c of c · tanh(score / c), or 0.</summary>
    public float Softcap { get; init; }

    /// <summary>A query sees this many keys, itself included; 0 sees all before it.</summary>
    public int SlidingWindow { get; init; }

    /// <summary>Query heads of a key-value head.</summary>
    public int Group => Heads / KeyValueHeads;

    /// <summary>Width of a token's queries.</summary>
    public int QuerySize => Heads * HeadSize;

    /// <summary>Width of a token's keys.</summary>
    public int KeyValueSize => KeyValueHeads * HeadSize;

    /// <summary>First key that the query at a position sees.</summary>
    /// <param name="position">Position in the sequence.</param>
    /// <returns>A position.</returns>
    public int FirstKey(int position) => SlidingWindow == 0 ? 0 : Math.Max(0, position - SlidingWindow + 1);
}
