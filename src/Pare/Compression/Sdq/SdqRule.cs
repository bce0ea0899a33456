namespace Pare.Compression;

/// <summary>
/// Zero, or the nearest number of an inlier's or outlier's grid. What a block of M columns keeps is chosen when its first column is reached, and the scales of 16 columns when the first of those is;
/// both from weights that carry the errors of all columns before.
/// </summary>
internal readonly unsafe struct SdqRule(SdqSweep sweep) : IColumnRule
{
    public void BeginRun(float* weights, int start, int count)
    {
    }

    public float Choose(int row, float* current, float* before, int column, int offset)
    {
        var start = column - offset;
        var weights = new SweptRow(before, current, start, Math.Min(start + sweep.Run, sweep.Columns));
        return sweep.Choose(row, weights, column);
    }
}
