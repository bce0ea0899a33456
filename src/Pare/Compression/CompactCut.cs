using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>Takes the rows and columns of a matrix that are stored.</summary>
internal static class CompactCut
{
    /// <summary>Cuts. Columns are made up to whole blocks of the format by some that are 0.</summary>
    /// <param name="parameter">The whole parameter.</param>
    /// <param name="values">[rows · columns].</param>
    /// <param name="kept">What is not 0.</param>
    /// <param name="format">The format that the matrix is stored in.</param>
    public static (CompactMap Map, Parameter Smaller, float[] Values) Of(Parameter parameter, float[] values, CompactMap kept, ElementType format)
    {
        var block = format.BlockLength();
        var wanted = (kept.Columns.Length + block - 1) / block * block;
        var columns = kept.Columns;
        if (wanted > columns.Length)
            columns = [.. columns.Concat(Enumerable.Range(0, parameter.Columns).Except(columns).Take(wanted - columns.Length)).Order()];
        var map = new CompactMap(kept.Rows, columns);
        var part = new float[map.Rows.Length * columns.Length];
        for (var i = 0; i < map.Rows.Length; i++)
            for (var j = 0; j < columns.Length; j++)
                part[i * columns.Length + j] = values[map.Rows[i] * parameter.Columns + columns[j]];
        return (map, parameter with { Rows = map.Rows.Length, Columns = columns.Length }, part);
    }
}
