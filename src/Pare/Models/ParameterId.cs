namespace Pare.Models;

/// <summary>Names one parameter of a model independently of its family.</summary>
/// <param name="Role">What it does.</param>
/// <param name="Layer">Index of its block, or −1 outside the blocks.</param>
/// <param name="IsBias">Whether it is the additive vector of the role rather than its weight.</param>
public readonly record struct ParameterId(ParameterRole Role, int Layer = -1, bool IsBias = false)
{
    /// <inheritdoc/>
    public override string ToString() => (Layer < 0 ? "" : $"layer {Layer} ") + Role + (IsBias ? " bias" : "");
}
