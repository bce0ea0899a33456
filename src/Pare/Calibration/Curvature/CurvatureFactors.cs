using Pare.Models;

namespace Pare.Calibration;

/// <summary>The factors of every site: F ≈ Σ_k G_k ⊗ A_k over the terms k, for weights [rows, columns (+ bias)] in row order.</summary>
internal sealed unsafe class CurvatureFactors : IDisposable
{
    private readonly CurvatureKind _kind;
    private readonly bool _sharesInputs;
    private readonly FactorStore? _store;
    private readonly Dictionary<LinearSite, double> _balance = [];

    public CurvatureFactors(CurvatureOptions options, FactorStore? store)
    {
        (_kind, _sharesInputs, _store) = (options.Kind, options.SharesInputs, store);
        Terms = options.Terms;
    }

    /// <summary>Terms of the sum.</summary>
    public int Terms { get; }

    /// <summary>Whether two sites have the same A.</summary>
    public bool SharesInput(LinearSite a, LinearSite b) => _sharesInputs && a.Layer == b.Layer && a.Input == b.Input;

    /// <summary>Reads A of a term: [columns (+ 1), columns (+ 1)], the constant of the bias last.</summary>
    public void ReadInput(LinearSite site, int term, Span<double> destination) =>
        Read(FactorKey.Input(site, _sharesInputs, term), FactorKey.InputSize(site), 1 / Balance(site), destination);

    /// <summary>Reads G of a term: [rows, rows].</summary>
    public void ReadOutput(LinearSite site, int term, Span<double> destination) =>
        Read(FactorKey.Output(site, term), site.Rows, Balance(site), destination);

    /// <summary>Has G come out times a number, and A by it.</summary>
    public void SetBalance(LinearSite site, double factor) => _balance[site] = factor;

    public void Dispose() => _store?.Dispose();

    private double Balance(LinearSite site) => _balance.GetValueOrDefault(site, 1);

    private void Read(FactorKey key, int size, double scale, Span<double> destination)
    {
        var isIdentity = _kind == CurvatureKind.Identity || (_kind == CurvatureKind.Activations && !key.IsInput);
        if (isIdentity)
        {
            destination.Clear();
            for (var i = 0; i < size; i++) destination[i * size + i] = 1;
            return;
        }

        var matrix = _store!.Load(key);
        for (long i = 0; i < (long)size * size; i++) destination[(int)i] = matrix[i] * scale;
    }
}
