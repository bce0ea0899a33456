using Pare.Formats;
using Pare.Models;

namespace Pare.Runtime;

/// <summary>How an <see cref="InferenceEngine"/> runs.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads that work together; 0 takes one per processor. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Whether each worker thread is bound to a processor of its own (Linux; not with more threads than processors). The calling thread is left alone.</summary>
    public bool PinsThreads { get; init; }

    /// <summary>How keys and values are kept: <see cref="ElementType.F32"/>, <see cref="ElementType.F16"/>, or <see cref="ElementType.Q8_0"/> (0.27 times the bytes of F32; head sizes have to be multiples of 32).</summary>
    public ElementType KvCacheType { get; init; } = ElementType.F32;

    /// <summary>How the inputs of matrices in block formats are multiplied. Evaluations keep float32; generation is several times faster with <see cref="ActivationPrecision.Int8"/>.</summary>
    public ActivationPrecision Activations { get; init; } = ActivationPrecision.Float32;

    /// <summary>Memory for the activations of a prefill, in bytes: longer inputs are run in pieces.</summary>
    public long ActivationBytes { get; init; } = 64L << 20;

    /// <summary>Thresholds below which activations are set to zero; null takes those that the model carries.</summary>
    public ActivationSparsity? Thresholds { get; init; }

    /// <summary>
    /// Whether decoding leaves out weights whose activations are zero, by thresholds or by ReLU: with <see cref="ActivationPrecision.Int8"/>, for matrices in F16, BF16, Q8_0 and Q4_0, which are laid out for it where that is faster.
    /// No bit of a result depends on it.
    /// </summary>
    public bool SkipsZeros { get; init; } = true;

    /// <summary>Whether columns are left out also of matrices that are too small, or of which too few are zero, for that to be faster.</summary>
    internal bool SkipsAlways { get; init; }

    /// <summary>
    /// Whether only those neurons count that the model's predictors foresee; then gate and up are read for them only where <see cref="SkipsZeros"/> is in force.
    /// Results are no longer exact: what is missed is zero.
    /// </summary>
    public bool PredictsNeurons { get; init; }

    /// <summary>
    /// Most bytes of memory for weights, or null for as many as there are. Beyond, the weights of the feed-forward networks stay on disk and are fetched as they are needed, whole bundles of 32 neurons.
    /// With <see cref="ActivationPrecision.Int8"/>; block formats, and down projections in Q8_0 or Q4_0. No bit of a result depends on it.
    /// </summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The file in which the neurons lie bundled for <see cref="MemoryBytes"/>; null takes the model's path with <c>.neurons</c> behind it. It is written where it is missing or of another model or machine.</summary>
    public string? NeuronFile { get; init; }

    /// <summary>Whether that file is read past the page cache where the system can; else, and where it cannot, by ordinary reads whose pages are dropped.</summary>
    internal bool ReadsDirectly { get; init; } = true;
}
