using Pare.Models;

namespace Pare.Compression;

/// <summary>What is left of a site.</summary>
/// <param name="Name">Name of the site.</param>
/// <param name="Rows">Rows that it had.</param>
/// <param name="Columns">Columns that it had.</param>
/// <param name="KeptRows">Rows with a weight or a bias that is not 0.</param>
/// <param name="KeptColumns">Columns with a weight that is not 0.</param>
/// <param name="Zeros">Weights that are 0.</param>
public sealed record SiteWidth(string Name, int Rows, int Columns, int KeptRows, int KeptColumns, long Zeros)
{
    internal static SiteWidth Of(LinearSite site, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias)
    {
        var (keptRows, zeros) = (0, 0L);
        var isKept = new bool[site.Columns];
        for (var row = 0; row < site.Rows; row++)
        {
            var count = 0;
            for (var column = 0; column < site.Columns; column++)
            {
                if (weights[row * site.Columns + column] == 0) continue;
                count++;
                isKept[column] = true;
            }

            zeros += site.Columns - count;
            if (count > 0 || (!bias.IsEmpty && bias[row] != 0)) keptRows++;
        }

        return new SiteWidth(site.Name, site.Rows, site.Columns, keptRows, isKept.Count(kept => kept), zeros);
    }
}
