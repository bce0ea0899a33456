using Pare.Evaluation;

namespace Pare.Calibration;

/// <summary>What a run is calibrated on.</summary>
/// <param name="Windows">The windows.</param>
/// <param name="Kept">Where statistics of the unchanged model are kept, or null.</param>
internal sealed record CalibrationData(TokenWindows Windows, StatisticsFolder? Kept = null);
