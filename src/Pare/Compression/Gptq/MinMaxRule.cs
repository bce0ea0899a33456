using Pare.Formats.Numbers;

namespace Pare.Compression;

/// <summary>Rounds onto a <see cref="AsymmetricGrid"/> of each group, found when its first column is reached, from weights that hold the errors of earlier runs only (as published).</summary>
internal readonly unsafe struct MinMaxRule(AsymmetricGrid* grids, int columns, int group, int bits) : IColumnRule
{
    public void BeginRun(float* weights, int start, int count)
    {
    }

    public float Choose(int row, float* current, float* before, int column, int offset)
    {
        if (column % group == 0) grids[row] = AsymmetricGrid.Of(new ReadOnlySpan<float>(before + column, Math.Min(group, columns - column)), bits);
        return grids[row].Round(current[offset]);
    }
}
