using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Removes the weights nearest to zero.</summary>
internal sealed class MagnitudePass(MagnitudeOptions options, ModelGraph graph, string path) : PruningPass(options, graph, path)
{
    public override string Method => MagnitudeOptions.MethodName;

    protected override void Prune(LinearSite site, float[] values, SparsityTarget target, BlockEdit block, ComputePool pool)
    {
        var scores = new float[values.Length];
        System.Numerics.Tensors.TensorPrimitives.Abs(values, scores);
        if (!target.IsPattern)
        {
            WeightRemoval.Smallest(values, scores, target.Rate);
            return;
        }

        for (var i = 0; i < values.Length; i += target.Block) WeightRemoval.SmallestOfBlock(values.AsSpan(i, target.Block), scores.AsSpan(i, target.Block), target.Kept);
    }
}
