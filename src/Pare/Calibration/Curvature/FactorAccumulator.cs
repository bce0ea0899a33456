using System.Numerics.Tensors;
using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Calibration;

/// <summary>Adds what it sees at the sites to their factors: second moments, or one half of a round of the power iteration.</summary>
internal sealed unsafe class FactorAccumulator(FactorStore store, ComputePool pool, IEnumerable<LinearSite> sites, bool sharesInputs) : ISiteObserver, IDisposable
{
    private readonly HashSet<LinearSite> _sites = [.. sites];
    private readonly HashSet<FactorKey> _seen = [];
    private NativeBuffer<float>? _inputs;
    private NativeBuffer<float>? _products;
    private float[] _weights = [];

    /// <summary>Whether A is summed.</summary>
    public bool Inputs { get; set; }

    /// <summary>Whether G is summed.</summary>
    public bool Outputs { get; set; }

    /// <summary>Whether tokens count by the quadratic form of the other factor.</summary>
    public bool IsWeighted { get; set; }

    /// <summary>Term that is being found.</summary>
    public int Term { get; set; }

    /// <summary>What is being run, for messages.</summary>
    public string Place { get; set; } = "";

    /// <summary>Says that another batch begins.</summary>
    public void Begin() => _seen.Clear();

    public void Observe(in SiteGradients gradients)
    {
        var site = gradients.Site;
        if (!_sites.Contains(site)) return;
        var n = gradients.Tokens;
        var x = gradients.Input;
        var g = gradients.OutputGradient;
        RefuseNonFinite(site, "gradient", g, n, site.Rows);
        RefuseNonFinite(site, "input", x, n, site.Columns);
        var columns = FactorKey.InputSize(site);
        if (columns > site.Columns)
        {
            Grow(ref _inputs, (long)n * columns);
            FactorMath.AppendConstant(x, n, site.Columns, _inputs!.Pointer);
            x = _inputs.Pointer;
        }

        var (input, output) = (FactorKey.Input(site, sharesInputs, Term), FactorKey.Output(site, Term));
        // Sites with a common input count it once.
        if (Inputs && _seen.Add(input)) Add(input, x, columns, output, g, site.Rows, n);
        if (Outputs) Add(output, g, site.Rows, input, x, columns, n);
    }

    public void Dispose()
    {
        _inputs?.Dispose();
        _products?.Dispose();
    }

    private void Add(FactorKey key, float* x, int size, FactorKey otherKey, float* other, int otherSize, int n)
    {
        var y = x;
        if (IsWeighted)
        {
            if (_weights.Length < n) _weights = new float[n];
            var weights = _weights.AsSpan(0, n);
            Grow(ref _products, (long)n * Math.Max(size, otherSize));
            FactorMath.QuadraticForms(pool, other, n, store.Load(otherKey), otherSize, _products!.Pointer, weights);
            y = _products.Pointer;
            FactorMath.WeightRows(x, weights, size, y);
        }

        FactorMath.AddProducts(pool, x, y, n, size, store.Load(key));
        store.Save(key);
    }

    private void RefuseNonFinite(LinearSite site, string what, float* values, int n, int width)
    {
        for (var t = 0; t < n; t++)
        {
            if (float.IsFinite(TensorPrimitives.SumOfSquares(new ReadOnlySpan<float>(values + (long)t * width, width)))) continue;
            throw CurvatureException.NotFinite($"{Place}, token {t} of them", what, site.Name);
        }
    }

    private static void Grow(ref NativeBuffer<float>? buffer, long length)
    {
        if (buffer?.Length >= length) return;
        buffer?.Dispose();
        buffer = new NativeBuffer<float>(length, zeroed: false);
    }
}
