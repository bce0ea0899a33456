namespace Pare.Training;

/// <summary>How a super-network and its sub-networks learn together.</summary>
public sealed record SuperNetworkOptions
{
    /// <summary>Sub-networks that are drawn for each batch, at least 1.</summary>
    public int SubNetworks { get; init; } = 3;

    /// <summary>Whether the super-network and the sub-networks take turns, batch by batch, instead of learning from each one together.</summary>
    public bool Alternates { get; init; }

    /// <summary>Whether losses are divided by the number of networks that learn from a batch, so that the rate need not change with it.</summary>
    public bool Averages { get; init; } = true;

    /// <summary>Loss of the super-network; a distance in it is to an outside teacher.</summary>
    public LossOptions Super { get; init; } = LossOptions.CrossEntropy;

    /// <summary>Loss of a sub-network; a distance in it is to the super-network, or to the outside teacher with <see cref="TeachesSubNetworks"/>.</summary>
    public LossOptions Sub { get; init; } = new() { CrossEntropyWeight = 0.5f, DistillationWeight = 2, Temperature = 0.9f };

    /// <summary>Whether sub-networks learn from the outside teacher instead of from the super-network (γ = 1 of InstaTune).</summary>
    public bool TeachesSubNetworks { get; init; }

    /// <summary>Seed of the draws.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The super-network and three sub-networks, ½ · cross-entropy + 2 · forward KL at T = 0.9 from the super-network (arXiv 2410.06479; without the smallest network, as its program has it).</summary>
    public static SuperNetworkOptions Sandwich { get; } = new();

    /// <summary>InstaTune (arXiv 2308.15609) with γ = 0: one random sub-network, 0.3 · cross-entropy + 0.7 · KL from the super-network, losses summed.</summary>
    public static SuperNetworkOptions InstaTune { get; } = new()
    {
        SubNetworks = 1,
        Averages = false,
        Super = new LossOptions { CrossEntropyWeight = 0.3f },
        Sub = new LossOptions { CrossEntropyWeight = 0.3f, DistillationWeight = 0.7f },
    };

    internal void Check(bool hasTeacher)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SubNetworks, 1, nameof(SubNetworks));
        Super.Check(hasTeacher);
        Sub.Check(hasTeacher: hasTeacher || !TeachesSubNetworks);
    }
}
