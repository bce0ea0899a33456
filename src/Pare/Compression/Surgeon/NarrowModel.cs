using Pare.Models;
using Pare.Training;

namespace Pare.Compression;

/// <summary>A model without the units of its coupled dimensions that nothing reads any more: narrower blocks that compute the same.</summary>
internal sealed class NarrowModel
{
    private readonly TrainableModel _model;
    private readonly Dictionary<ParameterId, (TiedAxis Axis, int[] Units)> _cuts = [];

    /// <param name="model">The model with zeros.</param>
    /// <param name="dimensions">The dimensions whose zeros are cut; none leaves the model as it is.</param>
    public NarrowModel(TrainableModel model, IReadOnlyList<CoupledDimension> dimensions)
    {
        _model = model;
        var layers = model.Config.Layers.ToArray();
        foreach (var dimension in dimensions)
        {
            var units = dimension.Kept(model.Values(dimension.Reader.Weight));
            // A block that lost all of them keeps one, of zeros.
            if (units.Length == 0) units = [0];
            if (units.Length == dimension.Dimension.Units) continue;
            foreach (var axis in dimension.Dimension.Axes) _cuts.Add(axis.Parameter, (axis, units));
            var layer = layers[dimension.Dimension.Layer];
            layers[dimension.Dimension.Layer] = dimension.Dimension.Kind == DimensionKind.Neuron ? layer with { FfnSize = units.Length }
                : layer with { KeyValueHeads = units.Length, Heads = layer.Heads / layer.KeyValueHeads * units.Length };
        }

        Config = model.Config with { Layers = layers };
    }

    /// <summary>The narrower configuration.</summary>
    public ModelConfig Config { get; }

    /// <summary>Values of a parameter in its narrower shape, row by row.</summary>
    public float[] Values(ParameterId id)
    {
        var values = _model.Values(id);
        if (!_cuts.TryGetValue(id, out var cut)) return values.ToArray();
        var (axis, units) = cut;
        var parameter = _model.Graph.Get(id);
        int[] kept = [.. units.SelectMany(unit => Enumerable.Range(unit * axis.Width, axis.Width))];
        if (axis.AlongRows)
        {
            var rows = new float[kept.Length * parameter.Columns];
            for (var i = 0; i < kept.Length; i++) values.Slice(kept[i] * parameter.Columns, parameter.Columns).CopyTo(rows.AsSpan(i * parameter.Columns));
            return rows;
        }

        var columns = new float[parameter.Rows * kept.Length];
        for (var row = 0; row < parameter.Rows; row++)
            for (var j = 0; j < kept.Length; j++)
                columns[row * kept.Length + j] = values[row * parameter.Columns + kept[j]];
        return columns;
    }
}
