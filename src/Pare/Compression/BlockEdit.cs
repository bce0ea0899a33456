using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>The parameters of one block while passes change them, decoded when first asked for.</summary>
/// <param name="model">The model.</param>
/// <param name="graph">Its graph, with the shapes that a pass over the whole model left.</param>
/// <param name="block">Index of the block, −1 for the parameters outside all blocks.</param>
/// <param name="edited">What a pass over the whole model made of it before, or null.</param>
/// <param name="changes">The parameters that that pass changed.</param>
internal sealed class BlockEdit(Model model, ModelGraph graph, int block, IEditedModel? edited = null, IReadOnlyDictionary<ParameterId, ElementType?>? changes = null)
{
    private readonly Dictionary<ParameterId, float[]> _values = [];
    private readonly Dictionary<ParameterId, ElementType> _formats = [];

    /// <summary>Index of the block, −1 for the parameters outside all blocks.</summary>
    public int Block => block;

    /// <summary>Parameters that were changed or given a format.</summary>
    public IEnumerable<ParameterId> Touched => _values.Keys.Union(_formats.Keys);

    /// <summary>The model's graph.</summary>
    public ModelGraph Graph => graph;

    /// <summary>Values of a parameter, to be changed in place: [rows, columns], row by row.</summary>
    public float[] Values(ParameterId id)
    {
        if (!_values.TryGetValue(id, out var values)) _values.Add(id, values = edited is not null && changes!.ContainsKey(id) ? edited.Values(id) : model.GetWeight(id).ToArray());
        // What an earlier pass stored in a format goes on with the values that the format holds.
        if (_formats.Remove(id, out var format)) Round(Graph.Get(id), format, values);
        return values;
    }

    /// <summary>Has a parameter stored in a format.</summary>
    public void Store(ParameterId id, ElementType format)
    {
        if (_formats.TryGetValue(id, out var earlier) && earlier != format) Values(id);
        _formats[id] = format;
    }

    /// <summary>The changed values of a parameter, or null where only its format changes.</summary>
    public float[]? ChangedValues(ParameterId id) => _values.GetValueOrDefault(id);

    /// <summary>The format that a pass wants a parameter in, or null.</summary>
    public ElementType? Format(ParameterId id) => _formats.TryGetValue(id, out var format) ? format : null;

    private static void Round(Parameter parameter, ElementType format, float[] values)
    {
        var type = WeightCodec.Fallback(format, parameter.Columns);
        var bytes = new byte[type.RowBytes(parameter.Columns)];
        for (var row = 0; row < parameter.Rows; row++)
        {
            var part = values.AsSpan(row * parameter.Columns, parameter.Columns);
            WeightCodec.Quantize(type, part, bytes);
            WeightCodec.Dequantize(type, bytes, part);
        }
    }
}
