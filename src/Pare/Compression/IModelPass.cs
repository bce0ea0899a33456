using Pare.Calibration;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>A step that changes a model as a whole, over and over, before the passes that go block by block. It is the first of its recipe.</summary>
internal interface IModelPass : IPass
{
    /// <summary>Whether it reads the recipe's calibration windows.</summary>
    bool IsCalibrated => false;

    /// <summary>Says what a run will take.</summary>
    /// <param name="threads">Threads; 0 is one per processor.</param>
    ModelPassPlan Plan(int threads);

    /// <summary>Changes the model, or goes on where a run that was stopped left off.</summary>
    /// <param name="workFolder">Where the state of a run is kept; the same for the same output. Removed by the caller when the output is complete.</param>
    /// <param name="calibration">The calibration windows; null where none are asked for.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; what is finished is kept in the folder.</param>
    /// <returns>The changed parameters.</returns>
    IEditedModel Run(string workFolder, CalibrationData? calibration, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation);
}
