using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>The low-rank corrections of a model's sites. A starts uniform in ±1/√columns, B at 0, so that the model starts unchanged.</summary>
internal sealed unsafe class LoraArena : IDisposable
{
    private readonly Dictionary<ParameterId, LoraAdapter> _adapters = [];
    private readonly NativeBuffer<float> _values;
    private readonly NativeBuffer<float> _gradients;

    public LoraArena(ModelGraph graph, LoraOptions options, ulong seed)
    {
        options.Check();
        var sites = graph.Sites.Where(site => options.Roles.Contains(site.Role)).ToList();
        if (sites.Count == 0) throw new ArgumentException("the model has no site of the roles that LoRA is to correct", nameof(options));
        var length = sites.Sum(site => (long)options.Rank * (site.Rows + site.Columns));
        _values = new NativeBuffer<float>(length);
        _gradients = new NativeBuffer<float>(length);
        var random = new SeededRandom(seed);
        var tensors = new List<TrainableTensor>();
        long offset = 0;
        foreach (var site in sites)
        {
            var (down, up) = (offset, offset + (long)options.Rank * site.Columns);
            offset = up + (long)options.Rank * site.Rows;
            var adapter = new LoraAdapter
            {
                Rank = options.Rank,
                Scale = options.Alpha / options.Rank,
                Stride = site.Columns,
                Down = _values.Pointer + down,
                DownGradient = _gradients.Pointer + down,
                Up = _values.Pointer + up,
                UpGradient = _gradients.Pointer + up,
            };
            var bound = 1 / Math.Sqrt(site.Columns);
            foreach (ref var value in _values.Slice(down, options.Rank * site.Columns)) value = (float)(bound * (2 * random.NextDouble() - 1));
            _adapters.Add(site.Weight, adapter);
            tensors.Add(new TrainableTensor($"{site.Name}.lora_A", options.Rank, site.Columns, false, adapter.Down, adapter.DownGradient));
            tensors.Add(new TrainableTensor($"{site.Name}.lora_B", site.Rows, options.Rank, false, adapter.Up, adapter.UpGradient));
        }

        Tensors = tensors;
    }

    /// <summary>A and B of every corrected site.</summary>
    public IReadOnlyList<TrainableTensor> Tensors { get; }

    /// <summary>Bytes of values and gradients.</summary>
    public long Bytes => 2 * _values.Length * sizeof(float);

    public bool Contains(ParameterId id) => _adapters.ContainsKey(id);

    public LoraAdapter? Find(ParameterId id) => _adapters.GetValueOrDefault(id);

    /// <summary>Adds a row of scale·B·A to the row of a weight.</summary>
    public void AddTo(ParameterId id, int row, Span<float> weight)
    {
        if (!_adapters.TryGetValue(id, out var adapter)) return;
        var up = adapter.Up + (long)row * adapter.Rank;
        for (var i = 0; i < adapter.Rank; i++)
            VectorMath.Axpy(adapter.Scale * up[i], new ReadOnlySpan<float>(adapter.Down + (long)i * weight.Length, weight.Length), weight);
    }

    public void ClearGradients() => System.Runtime.InteropServices.NativeMemory.Clear(_gradients.Pointer, (nuint)_gradients.Length * sizeof(float));

    public void Dispose()
    {
        _values.Dispose();
        _gradients.Dispose();
    }
}
