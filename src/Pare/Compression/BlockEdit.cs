using Pare.Calibration;
using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>The parameters of one block while passes change them, decoded when first asked for.</summary>
/// <param name="find">Finds a parameter as the files hold it.</param>
/// <param name="graph">The model's graph, with the shapes that a pass over the whole model left.</param>
/// <param name="block">Index of the block, −1 for the parameters outside all blocks.</param>
/// <param name="edited">What a pass over the whole model made of it before, or null.</param>
internal sealed unsafe class BlockEdit(Func<ParameterId, Weight?> find, ModelGraph graph, int block, IEditedModel? edited = null) : IDisposable
{
    private readonly Dictionary<ParameterId, float[]> _values = [];
    private readonly Dictionary<ParameterId, ElementType> _formats = [];
    private readonly Dictionary<ParameterId, byte[]> _encoded = [];
    private readonly Dictionary<ParameterId, SiteOutcome> _outcomes = [];
    private IReadOnlyDictionary<SiteInput, InputStatistics> _statistics = new Dictionary<SiteInput, InputStatistics>();

    /// <summary>Index of the block, −1 for the parameters outside all blocks.</summary>
    public int Block => block;

    /// <summary>Parameters that were changed or given a format.</summary>
    public IEnumerable<ParameterId> Touched => _values.Keys.Union(_formats.Keys);

    /// <summary>The model's graph.</summary>
    public ModelGraph Graph => graph;

    /// <summary>What was seen of an input while the block was as the pass finds it. Only for what the pass asked for.</summary>
    public InputStatistics Statistics(SiteInput input) => _statistics[input];

    /// <summary>Replaces the statistics; the old ones are disposed of.</summary>
    public void SetStatistics(IReadOnlyDictionary<SiteInput, InputStatistics> statistics)
    {
        foreach (var old in _statistics.Values) old.Dispose();
        _statistics = statistics;
    }

    /// <summary>Values of a parameter, to be changed in place: [rows, columns], row by row. They do not move in memory.</summary>
    public float[] Values(ParameterId id)
    {
        var parameter = Graph.Get(id);
        if (!_values.TryGetValue(id, out var values))
        {
            _values.Add(id, values = GC.AllocateUninitializedArray<float>(checked((int)parameter.Count), pinned: true));
            if (edited?.Changes.ContainsKey(id) == true) edited.Values(id).CopyTo(values, 0);
            else Decode(Stored(id), values);
        }

        // What an earlier pass stored in a format goes on with the values that the format holds.
        if (!_formats.Remove(id, out var format)) return values;
        if (_encoded.Remove(id, out var encoded)) Decode(parameter, format, encoded, values);
        else Round(parameter, format, values);
        return values;
    }

    /// <summary>Has a parameter stored in a format.</summary>
    public void Store(ParameterId id, ElementType format)
    {
        if (_formats.TryGetValue(id, out var earlier) && earlier != format) Values(id);
        _formats[id] = format;
    }

    /// <summary>Has a parameter stored as a pass encoded it.</summary>
    /// <param name="id">The parameter.</param>
    /// <param name="format">Format of the bytes.</param>
    /// <param name="bytes">Its rows, one after another.</param>
    public void StoreEncoded(ParameterId id, ElementType format, byte[] bytes)
    {
        Values(id);
        _formats[id] = format;
        _encoded[id] = bytes;
    }

    /// <summary>Says what a pass did to a parameter.</summary>
    public void Report(ParameterId id, SiteOutcome outcome) => _outcomes[id] = outcome;

    /// <summary>What the last pass said, or null.</summary>
    public SiteOutcome? Outcome(ParameterId id) => _outcomes.GetValueOrDefault(id);

    /// <summary>The changed values of a parameter, or null where only its format changes.</summary>
    public float[]? ChangedValues(ParameterId id) => _values.GetValueOrDefault(id);

    /// <summary>The bytes that a pass encoded, or null.</summary>
    public byte[]? Encoded(ParameterId id) => _encoded.GetValueOrDefault(id);

    /// <summary>The format that a pass wants a parameter in, or null.</summary>
    public ElementType? Format(ParameterId id) => _formats.TryGetValue(id, out var format) ? format : null;

    /// <summary>A parameter as it stands, or null where the model has none; valid as long as this object and the model are.</summary>
    public Weight? Find(ParameterId id)
    {
        // What will be stored in a format is shown as the format holds it; what a pass has encoded stays as it is.
        if (!_formats.TryGetValue(id, out var format)) return _values.TryGetValue(id, out var current) ? View(Graph.Get(id), current) : find(id);
        var parameter = Graph.Get(id);
        var values = GC.AllocateUninitializedArray<float>(checked((int)parameter.Count), pinned: true);
        if (_encoded.TryGetValue(id, out var encoded))
        {
            Decode(parameter, format, encoded, values);
            return View(parameter, values);
        }

        if (_values.TryGetValue(id, out var changed)) changed.CopyTo(values, 0);
        else Decode(Stored(id), values);
        Round(parameter, format, values);
        return View(parameter, values);
    }

    private Weight Stored(ParameterId id) => find(id) ?? throw new ArgumentException($"the model has no {id}", nameof(id));

    /// <summary>An array as a weight; it is pinned, and the tensor keeps it alive.</summary>
    internal static Weight View(Parameter parameter, float[] values)
    {
        long[] shape = parameter.IsVector ? [parameter.Columns] : [parameter.Rows, parameter.Columns];
        var data = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref values[0]);
        var stored = new StoredTensor(parameter.Name, ElementType.F32, shape, data, sizeof(float) * parameter.Count, values);
        return new Weight(parameter, stored, default, transposed: false, offset: 0);
    }

    public void Dispose() => SetStatistics(new Dictionary<SiteInput, InputStatistics>());

    private static void Decode(Weight weight, float[] values)
    {
        for (var row = 0; row < weight.Rows; row++) weight.Read(row, 0, Row(weight.Parameter, values, row));
    }

    private static Span<float> Row(Parameter parameter, float[] values, int row) => values.AsSpan(row * parameter.Columns, parameter.Columns);

    private static void Round(Parameter parameter, ElementType format, float[] values)
    {
        var type = WeightCodec.Fallback(format, parameter.Columns);
        var bytes = new byte[type.RowBytes(parameter.Columns)];
        for (var row = 0; row < parameter.Rows; row++) StoredRows.Round(type, Row(parameter, values, row), bytes);
    }

    private static void Decode(Parameter parameter, ElementType format, byte[] bytes, float[] values)
    {
        var size = (int)format.RowBytes(parameter.Columns);
        for (var row = 0; row < parameter.Rows; row++) WeightCodec.Dequantize(format, bytes.AsSpan(row * size, size), Row(parameter, values, row));
    }
}
