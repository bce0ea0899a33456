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
        for (var p = 0; p < _layouts.Length; p++)
        {
            for (var i = 0; i < columns; i++) _part[i] = marks[i] == Mark(p) ? values[i] : 0;
            var second = VsQuant.Quantize(_part, _layouts[p].Grid, NumberGrid.Of(NumberFormat.UInt8), _codes, _scales, fit: true);
            Write(p, marks, _codes, _scales, second, row);
        }
    }

    /// <summary>The mark of a part's numbers.</summary>
    internal static byte Mark(int part) => part == 0 ? SparseSplit.Inlier : SparseSplit.Outlier;

    /// <summary>Writes a part whose codes and scales are chosen.</summary>
    /// <param name="part">Which part.</param>
    /// <param name="marks">[columns] marks of <see cref="SparseSplit"/>, in every block as many as the format has.</param>
    /// <param name="codes">[columns] codes, of which those of the part's marks count.</param>
    /// <param name="scales">[<see cref="VsQuant.Vectors"/>] codes of the scales.</param>
    /// <param name="second">γ.</param>
    /// <param name="row">The row; only the part's bytes change.</param>
    /// <exception cref="ArgumentException">A block has other counts.</exception>
    internal void Write(int part, ReadOnlySpan<byte> marks, ReadOnlySpan<byte> codes, ReadOnlySpan<byte> scales, float second, Span<byte> row)
    {
        Span<byte> positions = stackalloc byte[SparseFormat.LargestBlock];
        ref readonly var layout = ref _layouts[part];
        layout.WriteScales(row, second, scales);
        for (var block = 0; block < layout.Blocks; block++)
        {
            var first = block * format.Block;
            var count = 0;
            for (var i = 0; i < format.Block; i++)
            {
                if (marks[first + i] == Mark(part)) positions[count++] = (byte)i;
            }

            if (count != layout.Part.Kept)
                throw new ArgumentException($"encoding a row as {format}: the block at column {first} has {count} numbers for a part of {layout.Part.Kept}; expected that many in every block", nameof(marks));
            layout.Write(row, block, positions[..count], codes.Slice(first, format.Block));
        }
    }
}
