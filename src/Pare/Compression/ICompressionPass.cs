using Pare.Calibration;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>A step that goes over the model once, block by block. The runner calls it in the order of the recipe.</summary>
internal interface ICompressionPass : IPass
{
    /// <summary>What the pass has to know of the inputs of the sites that it changes.</summary>
    StatisticsKinds Needs => StatisticsKinds.None;

    /// <summary>Changes the parameters of one block, or (block −1) those outside all blocks.</summary>
    /// <param name="block">The block.</param>
    /// <param name="pool">The threads.</param>
    void Apply(BlockEdit block, ComputePool pool);
}
