using Pare.Calibration;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>A step that goes block by block and has to see gradients of the whole model before. It is the first of its recipe then.</summary>
internal interface IPreparedPass : ICompressionPass
{
    /// <summary>Whether it has to.</summary>
    bool NeedsPreparation { get; }

    /// <summary>Says what the preparation will take.</summary>
    /// <param name="tokens">Tokens of the calibration text.</param>
    ModelPassPlan PlanPreparation(long tokens);

    /// <summary>Looks at the model, or goes on where a run that was stopped left off.</summary>
    /// <param name="workFolder">Where the state of a run is kept. Removed by the caller when the output is complete.</param>
    /// <param name="calibration">The windows.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    void Prepare(string workFolder, CalibrationData calibration, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation);
}
