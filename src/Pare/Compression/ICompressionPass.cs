using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>A step that goes over the model once, block by block. The runner calls it in the order of the recipe.</summary>
internal interface ICompressionPass : IPass
{
    /// <summary>What the pass has to know of the inputs of the sites that it changes.</summary>
    StatisticsKinds Needs => StatisticsKinds.None;

    /// <summary>What the pass has to know of the inputs in the model as it was before any block is changed; then all blocks are shown to <see cref="Survey"/> first.</summary>
    StatisticsKinds SurveyNeeds => StatisticsKinds.None;

    /// <summary>Whether it looks at the model's activations.</summary>
    bool IsCalibrated => Needs != StatisticsKinds.None || SurveyNeeds != StatisticsKinds.None;

    /// <summary>Whether the calibration windows have to be taken through the blocks for it.</summary>
    bool SeesBlocks => IsCalibrated;

    /// <summary>Sees a block as it was before any is changed.</summary>
    /// <param name="block">The block, with the statistics of <see cref="SurveyNeeds"/>.</param>
    /// <param name="pool">The threads.</param>
    void Survey(BlockEdit block, ComputePool pool)
    {
    }

    /// <summary>What the pass looks at a block's activations with, before <see cref="Apply"/>; or null.</summary>
    /// <param name="block">The block, which is none of index −1.</param>
    /// <param name="tokens">Tokens that it will be shown.</param>
    IActivationStage? Watch(BlockEdit block, long tokens) => null;

    /// <summary>Tries things on a block that <see cref="Watch"/> has seen, before <see cref="Apply"/>.</summary>
    /// <param name="block">The block.</param>
    /// <param name="trial">Runs the block.</param>
    /// <param name="pool">The threads.</param>
    void Try(BlockEdit block, BlockTrial trial, ComputePool pool)
    {
    }

    /// <summary>What the pass has found in a block beside the weights that it changed, for a run that goes on later; or null.</summary>
    /// <param name="block">The block; −1 also stands for what was found in the survey.</param>
    JsonNode? Found(int block) => null;

    /// <summary>Takes up what <see cref="Found"/> gave.</summary>
    /// <param name="block">The block.</param>
    /// <param name="found">What was found.</param>
    void Restore(int block, JsonNode found) => throw new InvalidOperationException($"{Method} keeps nothing of a block");

    /// <summary>Changes the parameters of one block, or (block −1) those outside all blocks.</summary>
    /// <param name="block">The block.</param>
    /// <param name="pool">The threads.</param>
    void Apply(BlockEdit block, ComputePool pool);
}
