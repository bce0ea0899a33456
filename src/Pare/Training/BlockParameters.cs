using Pare.Models;

namespace Pare.Training;

/// <summary>The maps and norms of one block as training sees them, as far as it has them.</summary>
internal sealed class BlockParameters
{
    public required int Layer { get; init; }
    public required LayerConfig Config { get; init; }
    public NormParameters? AttentionInputNorm { get; init; }
    public LinearParameters? Query { get; init; }
    public LinearParameters? Key { get; init; }
    public LinearParameters? Value { get; init; }
    public NormParameters? QueryNorm { get; init; }
    public NormParameters? KeyNorm { get; init; }
    public LinearParameters? Output { get; init; }
    public NormParameters? AttentionOutputNorm { get; init; }
    public NormParameters? AttentionResidualNorm { get; init; }
    public NormParameters? FfnInputNorm { get; init; }
    public LinearParameters? Gate { get; init; }
    public LinearParameters? Up { get; init; }
    public LinearParameters? Down { get; init; }
    public NormParameters? FfnOutputNorm { get; init; }
    public NormParameters? FfnResidualNorm { get; init; }

    /// <summary>The maps, in the order q, k, v, o, gate, up, down.</summary>
    public IEnumerable<LinearParameters> Maps => new[] { Query, Key, Value, Output, Gate, Up, Down }.OfType<LinearParameters>();
}
