namespace Pare.Training;

/// <summary>What of a model is trained.</summary>
public sealed record TrainableOptions
{
    /// <summary>Low-rank corrections of some sites, with everything else frozen; null trains every parameter.</summary>
    public LoraOptions? Lora { get; init; }

    /// <summary>Nothing is trained: gradients only pass through, for those who observe the sites.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>Whether frozen blocks stay in their file and are decoded one at a time when they are needed, instead of lying in memory as float32.</summary>
    public bool StreamsBlocks { get; init; }

    /// <summary>Seed of what starts at random.</summary>
    public ulong Seed { get; init; } = 1;
}
