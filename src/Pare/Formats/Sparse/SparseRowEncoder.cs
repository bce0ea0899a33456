using System.Numerics.Tensors;
using Pare.Formats.Numbers;

namespace Pare.Formats.Sparse;

/// <summary>Writes rows in a sparse format. Not for several threads at once.</summary>
/// <param name="format">The format.</param>
/// <param name="columns">Columns of the rows; a multiple of the block.</param>
public sealed class SparseRowEncoder(SparseFormat format, int columns)
{
    private readonly SparsePartLayout[] _layouts = [.. Enumerable.Range(0, format.PartCount).Select(part => format.Layout(part, columns))];
    private readonly float[] _part = new float[columns];
    private readonly byte[] _codes = new byte[columns];
    private readonly byte[] _marks = new byte[columns];
    private readonly byte[] _scales = new byte[VsQuant.Vectors(columns)];

    /// <summary>Keeps the numbers of the largest magnitude; the largest of those are the outliers.</summary>
    /// <param name="values">[columns] finite numbers.</param>
    /// <param name="row">Receives <see cref="SparseFormat.RowBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">A number is not finite.</exception>
    public void Encode(ReadOnlySpan<float> values, Span<byte> row)
    {
        TensorPrimitives.Abs(values, _part);
        SparseSplit.Assign(format, _part, _marks);
        Encode(values, _marks, row);
    }

    /// <summary>Keeps what the marks say.</summary>
    /// <param name="values">[columns] finite numbers.</param>
    /// <param name="marks">[columns] marks of <see cref="SparseSplit"/>, in every block as many as the format has.</param>
    /// <param name="row">Receives <see cref="SparseFormat.RowBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">A number is not finite, or a block has other counts.</exception>
    public void Encode(ReadOnlySpan<float> values, ReadOnlySpan<byte> marks, Span<byte> row)
    {
        Span<byte> positions = stackalloc byte[SparseFormat.LargestBlock];
        for (var p = 0; p < _layouts.Length; p++)
        {
            ref readonly var layout = ref _layouts[p];
            var mark = p == 0 ? SparseSplit.Inlier : SparseSplit.Outlier;
            for (var i = 0; i < columns; i++) _part[i] = marks[i] == mark ? values[i] : 0;
            var second = VsQuant.Quantize(_part, layout.Grid, NumberGrid.Of(NumberFormat.UInt8), _codes, _scales, fit: true);
            layout.WriteScales(row, second, _scales);
            for (var block = 0; block < layout.Blocks; block++)
            {
                var first = block * format.Block;
                var count = 0;
                for (var i = 0; i < format.Block; i++)
                {
                    if (marks[first + i] == mark) positions[count++] = (byte)i;
                }

                if (count != layout.Part.Kept)
                    throw new ArgumentException($"encoding a row as {format}: the block at column {first} has {count} numbers for a part of {layout.Part.Kept}; expected that many in every block", nameof(marks));
                layout.Write(row, block, positions[..count], _codes.AsSpan(first, format.Block));
            }
        }
    }
}
