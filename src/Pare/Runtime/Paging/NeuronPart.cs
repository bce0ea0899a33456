namespace Pare.Runtime;

/// <summary>What a bundle of neurons has of each matrix of its network.</summary>
internal enum NeuronPart
{
    /// <summary>Columns of the down projection.</summary>
    Down,
    /// <summary>Rows of the up projection.</summary>
    Up,
    /// <summary>Rows of the gate, where there is one.</summary>
    Gate,
}
