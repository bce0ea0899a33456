using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;

namespace Pare.Training;

/// <summary>What is done to a sub-network beside cutting it out.</summary>
public sealed record SubNetworkTreatment
{
    /// <summary>Nothing.</summary>
    public static SubNetworkTreatment None { get; } = new();

    /// <summary>Format of a parameter; null, or a null result, keeps a plain type and takes float32 for what was in blocks.</summary>
    public Func<ParameterId, ElementType?>? Format { get; init; }

    /// <summary>Thresholds below which activations are set to zero; null for none.</summary>
    public ActivationSparsity? Thresholds { get; init; }

    /// <summary>What formats and edits of a layer are, as a name; null where they have none, and their results are not kept for others.</summary>
    internal Func<int, string>? Name { get; init; }

    /// <summary>Nominal share of zeros that the thresholds make in a layer; 0 where there are none.</summary>
    internal Func<int, double> Zeros { get; init; } = _ => 0;

    /// <summary>Changes the values of a parameter before they are rounded: its identity in the sub-network, the columns of the whole parameter behind its own, and its values; null for nothing.</summary>
    internal Func<ParameterId, int[], WeightSource, WeightSource>? Edit { get; init; }

    /// <summary>Values of a parameter of a sub-network, not rounded.</summary>
    internal WeightSource Source(SubNetworkSelection selection, ParameterId id, Model whole)
    {
        var inner = selection.Source(id, of => new StoredWeight(whole.GetWeight(of)));
        return Edit is null || inner.Parameter.IsVector ? inner : Edit(id, selection.Indices(id, whole.Graph.Get(selection.SourceOf(id))).Columns, inner);
    }
}
