using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Removes the weights nearest to zero.</summary>
internal sealed class MagnitudePass(MagnitudeOptions options, ModelGraph graph, string path) : PruningPass(options, graph, path)
{
    public override string Method => MagnitudeOptions.MethodName;

    public override StatisticsKinds Needs => StatisticsKinds.None;

    protected override void Prune(LinearSite site, float[] values, BlockEdit block, ComputePool pool)
    {
        var scores = new float[values.Length];
        System.Numerics.Tensors.TensorPrimitives.Abs(values, scores);
        if (!Target.IsPattern)
        {
            WeightRemoval.Smallest(values, scores, Target.Rate);
            return;
        }

        for (var i = 0; i < values.Length; i += Target.Block) WeightRemoval.SmallestOfBlock(values.AsSpan(i, Target.Block), scores.AsSpan(i, Target.Block), Target.Kept);
    }
}
