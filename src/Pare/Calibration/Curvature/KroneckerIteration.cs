using Pare.Models;
using Pare.Numerics;

namespace Pare.Calibration;

/// <summary>Finds the sum of Kronecker products nearest to the empirical Fisher matrix, term after term, by power iteration over the text.</summary>
/// <remarks>
/// With R the Fisher matrix rearranged so that G ⊗ A becomes vec(G)·vec(A)ᵀ, a half round is G ← R·vec(A) = mean of (a·A·aᵀ)·gᵀg, less what earlier terms hold of it,
/// brought to norm 1; the other half gives A. The iteration starts from the identity, so that the first half round gives the second moments of K-FAC.
/// </remarks>
internal sealed unsafe class KroneckerIteration(FactorStore store, IReadOnlyList<LinearSite> sites, CurvatureOptions options)
{
    private float[] _earlier = [];

    public void Run(CurvatureRun run, ComputePool pool)
    {
        using var accumulator = new FactorAccumulator(store, pool, sites, sharesInputs: false) { IsWeighted = true };
        for (var term = 0; term < options.Terms; term++)
        {
            accumulator.Term = term;
            foreach (var site in sites) SetIdentity(Key(site, isInput: true, term));
            for (var i = 0; i < options.Iterations; i++)
            {
                var isLast = i == options.Iterations - 1;
                Half(run, accumulator, term, isInput: false, isLast: false);
                Half(run, accumulator, term, isInput: true, isLast);
            }
        }
    }

    private static FactorKey Key(LinearSite site, bool isInput, int term) => isInput ? FactorKey.Input(site, shared: false, term) : FactorKey.Output(site, term);

    private void Half(CurvatureRun run, FactorAccumulator accumulator, int term, bool isInput, bool isLast)
    {
        foreach (var site in sites) Clear(Key(site, isInput, term));
        (accumulator.Inputs, accumulator.Outputs) = (isInput, !isInput);
        run.Pass(accumulator);
        foreach (var site in sites)
        {
            var key = Key(site, isInput, term);
            var size = store.Size(key);
            FactorMath.Complete(store.Load(key), size, 1f / run.Tokens);
            store.Save(key);
            for (var earlier = 0; earlier < term; earlier++) Deflate(site, isInput, earlier, term);
            var norm = FactorMath.Norm(store.Load(key), size);
            if (norm > 0) FactorMath.Scale(store.Load(key), size, 1 / norm);
            store.Save(key);
            if (isLast) Finish(site, term, norm);
        }
    }

    // Earlier terms are stored with √σ in both factors: their part of R·vec(A) is G_k·⟨A_k, A⟩.
    private void Deflate(LinearSite site, bool isInput, int earlier, int term)
    {
        var share = (float)Inner(Key(site, !isInput, earlier), Key(site, !isInput, term));
        var (known, key) = (Copy(Key(site, isInput, earlier)), Key(site, isInput, term));
        var matrix = store.Load(key);
        var count = (long)store.Size(key) * store.Size(key);
        for (long i = 0; i < count; i++) matrix[i] -= share * known[i];
        store.Save(key);
    }

    private double Inner(FactorKey a, FactorKey b)
    {
        var copy = Copy(a);
        fixed (float* first = copy) return FactorMath.Inner(first, store.Load(b), store.Size(b));
    }

    // One matrix of the file is in memory at a time.
    private float[] Copy(FactorKey key)
    {
        var count = checked(store.Size(key) * store.Size(key));
        if (_earlier.Length < count) _earlier = new float[count];
        new ReadOnlySpan<float>(store.Load(key), count).CopyTo(_earlier);
        return _earlier;
    }

    // σ is shared between the factors, and the sign is such that A's trace is positive.
    private void Finish(LinearSite site, int term, double sigma)
    {
        var input = Key(site, isInput: true, term);
        var matrix = store.Load(input);
        var size = store.Size(input);
        var trace = 0.0;
        for (var i = 0; i < size; i++) trace += matrix[(long)i * size + i];
        var factor = trace < 0 ? -Math.Sqrt(sigma) : Math.Sqrt(sigma);
        foreach (var isInput in (bool[])[true, false])
        {
            var key = Key(site, isInput, term);
            FactorMath.Scale(store.Load(key), store.Size(key), factor);
            store.Save(key);
        }
    }

    private void SetIdentity(FactorKey key)
    {
        Clear(key);
        var matrix = store.Load(key);
        var size = store.Size(key);
        for (var i = 0; i < size; i++) matrix[(long)i * size + i] = (float)(1 / Math.Sqrt(size));
        store.Save(key);
    }

    private void Clear(FactorKey key)
    {
        var size = store.Size(key);
        var matrix = store.Load(key);
        for (var i = 0; i < size; i++) new Span<float>(matrix + (long)i * size, size).Clear();
        store.Save(key);
    }
}
