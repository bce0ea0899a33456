using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>The feed-forward weights of a model on disk, with a cache: fetches bundles of neurons and multiplies with them.</summary>
/// <remarks>A product is made of the same integers and the same float operations in the same order as with all weights in memory: the same bits, whatever was foreseen.</remarks>
internal sealed unsafe class PagedNeurons : IDisposable
{
    private readonly NeuronLayout _layout;
    private readonly NeuronCache _cache;
    private readonly NativeBuffer<float> _normed;
    private readonly PackedMatrix?[] _matrices;
    private readonly NativeBuffer<int> _bundles;
    private readonly NativeBuffer<int> _late;
    private readonly int[] _units;
    private int _count;
    private int _layer;

    /// <summary>Opens the file of a model's neurons, written before where it is missing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layout">How they lie.</param>
    /// <param name="path">The file, or null for the usual one.</param>
    /// <param name="bytes">Memory for neurons, at least <see cref="NeuronCache.LeastBytes"/>.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="direct">Whether reads past the page cache are tried.</param>
    public PagedNeurons(Model model, NeuronLayout layout, string? path, long bytes, ComputePool pool, bool direct)
    {
        _layout = layout;
        _matrices = new PackedMatrix?[layout.Units];
        _units = new int[layout.MostUnits];
        var most = Enumerable.Range(0, layout.Layers).Max(layout.Bundles);
        (_bundles, _late, _normed) = (new NativeBuffer<int>(most), new NativeBuffer<int>(most), new NativeBuffer<float>(model.Config.HiddenSize));
        _cache = new NeuronCache(layout, NeuronFile.Open(model, layout, path, pool, direct), bytes);
    }

    /// <summary>Room for one token's input of a network.</summary>
    public float* Normed => _normed.Pointer;

    /// <summary>What was counted.</summary>
    public FetchCounts Counts => _cache.Counts;

    /// <summary>Forgets what was counted.</summary>
    public void ResetCounts() => _cache.ResetCounts();

    /// <summary>The network of a block begins.</summary>
    public void Begin(int layer)
    {
        _layer = layer;
        _cache.Begin(layer);
    }

    /// <summary>Chooses the bundles of which any neuron has a factor that is not zero.</summary>
    /// <param name="factors">[neurons]; null chooses all.</param>
    public void Choose(float* factors) => _count = Chosen(_layer, factors, _bundles.Pointer);

    /// <summary>Needs parts of the chosen bundles.</summary>
    public void Need(params ReadOnlySpan<NeuronPart> parts) => _cache.Need(Units(_layer, _bundles.Pointer, _count, parts));

    /// <summary>Chooses and needs all of the block.</summary>
    public void NeedAll()
    {
        Choose(null);
        Need([NeuronPart.Down, NeuronPart.Up, NeuronPart.Gate]);
    }

    /// <summary>Says that a block, the next one, will need bundles.</summary>
    /// <param name="layer">Its index.</param>
    /// <param name="factors">[neurons]: not zero where a neuron will probably be needed.</param>
    /// <param name="only">Whether that holds of its first matrix, too, of which otherwise all is needed.</param>
    public void Foresee(int layer, float* factors, bool only)
    {
        var count = Chosen(layer, factors, _late.Pointer);
        if (only)
        {
            _cache.Foresee(Units(layer, _late.Pointer, count, [NeuronPart.Gate, NeuronPart.Up, NeuronPart.Down]));
            return;
        }

        _cache.Foresee(Units(layer, null, _layout.Bundles(layer), [First]));
        _cache.ForeseeMore(Units(layer, _late.Pointer, count, First == NeuronPart.Gate ? [NeuronPart.Up, NeuronPart.Down] : [NeuronPart.Down]));
    }

    /// <summary>Says that a block, the next one, will need all of its first matrix.</summary>
    public void ForeseeFirst(int layer) => _cache.Foresee(Units(layer, null, _layout.Bundles(layer), [First]));

    /// <summary>Says that a block, the next one if there is one, will need everything.</summary>
    public void ForeseeAll(int layer)
    {
        if (layer < _layout.Layers) _cache.Foresee(Units(layer, null, _layout.Bundles(layer), [NeuronPart.Down, NeuronPart.Up, NeuronPart.Gate]));
    }

    /// <summary>y[t, neuron] for the neurons of the chosen bundles, bias included; others stay as they are.</summary>
    /// <returns>Bytes of weights read.</returns>
    public long Rows(ComputePool pool, NeuronPart part, in LinearInput input, Linear map, float* y)
    {
        // Those that are there first, while the others come.
        var (ready, late) = (0, 0);
        for (var i = 0; i < _count; i++)
        {
            var bundle = _bundles.Pointer[i];
            if (_cache.IsReady(_layout.Unit(_layer, bundle, part))) _bundles.Pointer[ready++] = bundle;
            else _late.Pointer[late++] = bundle;
        }

        RunRows(pool, part, _bundles.Pointer, ready, input, map, y);
        _cache.Wait(Units(_layer, _late.Pointer, late, [part]));
        RunRows(pool, part, _late.Pointer, late, input, map, y);
        new ReadOnlySpan<int>(_late.Pointer, late).CopyTo(new Span<int>(_bundles.Pointer + ready, late));
        new Span<int>(_bundles.Pointer, _count).Sort();
        return (long)_count * _layout.Shape(_layer, part).ByteLength;
    }

    /// <summary>y[t, channel] = Σ over the chosen bundles, in ascending order, bias included.</summary>
    /// <returns>Bytes of weights read.</returns>
    public long Down(ComputePool pool, Int8Rows neurons, Linear map, float* y)
    {
        _cache.Wait(Units(_layer, _bundles.Pointer, _count, [NeuronPart.Down]));
        Move(NeuronPart.Down, _bundles.Pointer, _count);
        var shape = _layout.Shape(_layer, NeuronPart.Down);
        pool.For(shape.Groups, new DownStrips(this, neurons, map, shape.GroupRows, y));
        return (long)_count * shape.ByteLength;
    }

    public void Dispose()
    {
        _cache.Dispose();
        _bundles.Dispose();
        _late.Dispose();
        _normed.Dispose();
    }

    private NeuronPart First => _layout.PartsPerBundle == 3 ? NeuronPart.Gate : NeuronPart.Up;

    private int Chosen(int layer, float* factors, int* bundles)
    {
        var count = 0;
        for (var bundle = 0; bundle < _layout.Bundles(layer); bundle++)
            if (factors is null || new ReadOnlySpan<float>(factors + (long)bundle * NeuronLayout.BundleNeurons, NeuronLayout.BundleNeurons).ContainsAnyExcept(0f)) bundles[count++] = bundle;
        return count;
    }

    // Bundle by bundle; without a list, the first bundles of the block.
    private ReadOnlySpan<int> Units(int layer, int* bundles, int count, ReadOnlySpan<NeuronPart> parts)
    {
        var next = 0;
        for (var i = 0; i < count; i++)
        {
            foreach (var part in parts)
                if ((int)part < _layout.PartsPerBundle) _units[next++] = _layout.Unit(layer, bundles is null ? i : bundles[i], part);
        }

        return _units.AsSpan(0, next);
    }

    private void RunRows(ComputePool pool, NeuronPart part, int* bundles, int count, in LinearInput input, Linear map, float* y)
    {
        if (count == 0) return;
        Move(part, bundles, count);
        var scratch = input.Tokens == 1 ? null : pool.Scratch(0, (long)pool.Threads * input.Tokens * NeuronLayout.BundleNeurons);
        WorkerShares.For(pool, count, new BundleRows(this, part, bundles, input, map, y, scratch));
    }

    // The matrices find their weights where the cache has them now.
    private void Move(NeuronPart part, int* bundles, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var unit = _layout.Unit(_layer, bundles[i], part);
            var matrix = _matrices[unit] ??= _layout.Shape(_layer, part).Twin();
            matrix.Data = _cache.Data(unit);
        }
    }

    private PackedMatrix Matrix(int bundle, NeuronPart part) => _matrices[_layout.Unit(_layer, bundle, part)]!;

    private readonly struct BundleRows(PagedNeurons neurons, NeuronPart part, int* bundles, LinearInput input, Linear map, float* y, float* scratch) : IParallelBody
    {
        public void Execute(int index, int worker)
        {
            const int Count = NeuronLayout.BundleNeurons;
            var bundle = bundles[index];
            var matrix = neurons.Matrix(bundle, part);
            var first = bundle * Count;
            if (input.Tokens == 1)
            {
                matrix.Multiply(0, matrix.Groups, input.Quantized!, y + first);
            }
            else
            {
                var rows = scratch + (long)worker * input.Tokens * Count;
                matrix.Multiply(0, matrix.Groups, input.Quantized!, rows);
                for (var t = 0; t < input.Tokens; t++) new ReadOnlySpan<float>(rows + (long)t * Count, Count).CopyTo(new Span<float>(y + (long)t * map.Rows + first, Count));
            }

            map.AddBiasTo(first, first + Count, input.Tokens, y);
        }
    }

    private readonly struct DownStrips(PagedNeurons neurons, Int8Rows x, Linear map, int stripRows, float* y) : IParallelBody
    {
        public void Execute(int strip, int worker)
        {
            var sums = stackalloc float[Int8Rows.TileTokens * stripRows];
            var (first, last) = (strip * stripRows, Math.Min(map.Rows, (strip + 1) * stripRows));
            for (int tile = 0, token = 0; token < x.Tokens; tile++, token += Int8Rows.TileTokens)
            {
                var tokens = x.TileLength(tile);
                new Span<float>(sums, tokens * stripRows).Clear();
                for (var i = 0; i < neurons._count; i++)
                {
                    var bundle = neurons._bundles.Pointer[i];
                    var matrix = (ColumnMatrix)neurons.Matrix(bundle, NeuronPart.Down);
                    var block = x.Tile(tile) + (long)bundle * tokens * Int8Block.Bytes;
                    for (var t = 0; t < tokens; t++) matrix.AddBlock(strip, 0, block + (long)t * Int8Block.Bytes, sums + t * stripRows);
                }

                for (var t = 0; t < tokens; t++) new ReadOnlySpan<float>(sums + t * stripRows, last - first).CopyTo(new Span<float>(y + (long)(token + t) * map.Rows + first, last - first));
            }

            map.AddBiasTo(first, last, x.Tokens, y);
        }
    }
}
