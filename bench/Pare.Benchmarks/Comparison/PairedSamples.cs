namespace Pare.Benchmarks.Comparison;

/// <summary>Speeds of two programs measured one right after the other, pair by pair, on a machine whose speed drifts.</summary>
internal sealed class PairedSamples
{
    private readonly List<double> _ours = [];
    private readonly List<double> _theirs = [];

    public int Count => _ours.Count;

    public IReadOnlyList<double> Ours => _ours;

    public IReadOnlyList<double> Theirs => _theirs;

    public void Add(double ours, double theirs)
    {
        _ours.Add(ours);
        _theirs.Add(theirs);
    }

    /// <summary>Summary of ours.</summary>
    public Quartiles OursSummary => Quartiles.Of(_ours);

    /// <summary>Summary of theirs.</summary>
    public Quartiles TheirsSummary => Quartiles.Of(_theirs);

    /// <summary>Summary of the pairs' ratios ours / theirs: drift that hits both samples of a pair cancels.</summary>
    public Quartiles RatioSummary => Quartiles.Of([.. _ours.Zip(_theirs, (mine, other) => mine / other)]);
}
