using Pare.Models;

namespace Pare.Training;

/// <summary>Parameters that a <see cref="GradientEngine"/> runs: those of a model, or slices of them.</summary>
internal interface IParameterView
{
    /// <summary>The configuration that the parameters make up.</summary>
    ModelConfig Config { get; }

    /// <summary>Its parameters and sites.</summary>
    ModelGraph Graph { get; }

    /// <summary>A block, in memory until another one is asked for where blocks are streamed.</summary>
    BlockParameters Block(int layer);

    /// <summary>A map outside the blocks, or null where there is none.</summary>
    LinearParameters? Map(ParameterRole role);

    /// <summary>A norm, or null where there is none.</summary>
    NormParameters? Norm(ParameterRole role, int layer = -1);
}
