using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Removes, row by row, the weights of least |w| · ‖x‖.</summary>
internal sealed class WandaPass(WandaOptions options, ModelGraph graph, string path) : PruningPass(options, graph, path)
{
    public override string Method => WandaOptions.MethodName;

    public override StatisticsKinds Needs => StatisticsKinds.Channels;

    protected override void Prune(LinearSite site, float[] values, SparsityTarget target, BlockEdit block, ComputePool pool)
    {
        pool.For(site.Rows, new Rows(values, block.Statistics(site.Input).Norms(), target));
    }

    private readonly struct Rows(float[] values, float[] norms, SparsityTarget target) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var row = values.AsSpan(part * norms.Length, norms.Length);
            var scores = new float[norms.Length];
            for (var i = 0; i < scores.Length; i++) scores[i] = Math.Abs(row[i]) * norms[i];
            if (!target.IsPattern)
            {
                WeightRemoval.SmallestOfRow(row, scores, target.Rate);
                return;
            }

            for (var i = 0; i < row.Length; i += target.Block) WeightRemoval.SmallestOfBlock(row.Slice(i, target.Block), scores.AsSpan(i, target.Block), target.Kept);
        }
    }
}
