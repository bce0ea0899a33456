using Pare.Calibration;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>A block as it stands, to be run over calibration windows by a pass that tries things; the streams stay before the block.</summary>
/// <param name="stream">The streams.</param>
/// <param name="block">The block.</param>
/// <param name="index">Its index.</param>
/// <param name="cancellation">Stops between two windows.</param>
internal sealed class BlockTrial(BlockStream stream, DecoderBlock block, int index, CancellationToken cancellation)
{
    private const int MostTokens = 512;

    /// <summary>Runs the beginning of the first window.</summary>
    /// <param name="stage">Acts on the activations, as of block 0; or null.</param>
    /// <returns>[tokens / 4, hidden size]: the last quarter of the output.</returns>
    public float[] Run(IActivationStage? stage) => stream.Try(block, index, stage, MostTokens);

    /// <summary>Runs all windows.</summary>
    /// <param name="stage">Sees the activations, and may act on them.</param>
    public void Watch(IActivationStage stage) => stream.Watch(block, index, stage, cancellation);
}
