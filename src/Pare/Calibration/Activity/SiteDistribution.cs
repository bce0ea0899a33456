namespace Pare.Calibration;

/// <summary>How the activations of a site of a block are distributed over a text.</summary>
/// <remarks>Quantiles and shares are read off bins that are 1.6 % wide.</remarks>
public sealed record SiteDistribution
{
    /// <summary>The levels of <see cref="Quantiles"/>.</summary>
    public static IReadOnlyList<double> Levels { get; } = [0.1, 0.25, 0.5, 0.75, 0.9, 0.99];

    /// <summary>Name of the site, such as <c>down-in</c>.</summary>
    public required string Site { get; init; }

    /// <summary>Index of the block.</summary>
    public required int Block { get; init; }

    /// <summary>Numbers seen: tokens · channels.</summary>
    public required long Values { get; init; }

    /// <summary>Share of exact zeros: the natural sparsity.</summary>
    public required double Zeros { get; init; }

    /// <summary>Share of numbers below zero.</summary>
    public required double Negative { get; init; }

    /// <summary>Σ x / n.</summary>
    public required double Mean { get; init; }

    /// <summary>√(Σ x² / n).</summary>
    public required double RootMeanSquare { get; init; }

    /// <summary>max |x|.</summary>
    public required double Largest { get; init; }

    /// <summary>The sizes |x| that the shares of <see cref="Levels"/> are below.</summary>
    public required IReadOnlyList<double> Quantiles { get; init; }

    /// <summary>Share of numbers with |x| below 0.1.</summary>
    public required double BelowTenth { get; init; }

    /// <summary>Share that the smaller half of the numbers has in Σ x².</summary>
    public required double SmallHalfEnergy { get; init; }

    /// <summary>The distribution of |x| at powers of two.</summary>
    public required IReadOnlyList<SizeShare> Curve { get; init; }

    internal static SiteDistribution Of(string site, int block, SizeHistogram histogram) => new()
    {
        Site = site,
        Block = block,
        Values = histogram.Count,
        Zeros = (double)histogram.Zeros / histogram.Count,
        Negative = (double)histogram.Negative / histogram.Count,
        Mean = histogram.Mean,
        RootMeanSquare = histogram.RootMeanSquare,
        Largest = histogram.Largest,
        Quantiles = [.. Levels.Select(histogram.Quantile)],
        BelowTenth = histogram.ShareBelow(0.1),
        SmallHalfEnergy = histogram.EnergyBelow(0.5),
        Curve = histogram.Curve(),
    };
}
