namespace Pare.Training;

/// <summary>What is scored of a neuron.</summary>
public enum NeuronMeasure
{
    /// <summary>The gate's output before its activation, as published (arXiv 2410.06479); up's where there is no gate.</summary>
    GatePreActivation,
    /// <summary>What the down projection reads: act(gate) · up. A neuron that is off counts as off.</summary>
    Activated,
}
