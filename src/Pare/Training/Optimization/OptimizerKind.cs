namespace Pare.Training;

/// <summary>Which optimizer moves the weights.</summary>
public enum OptimizerKind
{
    /// <summary><see cref="Training.AdamW"/> for everything.</summary>
    AdamW,

    /// <summary><see cref="Training.Muon"/> for the matrices of the linear sites, AdamW for the rest: fewer tokens to the same loss when training from scratch.</summary>
    Muon,
}
