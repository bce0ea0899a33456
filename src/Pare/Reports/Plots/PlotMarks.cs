namespace Pare.Reports.Plots;

/// <summary>How a series of an <see cref="XyPlot"/> is drawn.</summary>
public enum PlotMarks
{
    /// <summary>Neighbouring points joined.</summary>
    Line,

    /// <summary>A dot for each point.</summary>
    Points,

    /// <summary>Dots, joined.</summary>
    LineAndPoints,

    /// <summary>Adjoining bars between edges: <see cref="PlotSeries.X"/> has one value more than <see cref="PlotSeries.Y"/>.</summary>
    Bars,
}
