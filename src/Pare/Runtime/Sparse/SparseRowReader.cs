using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;
using Pare.Models;

namespace Pare.Runtime;

/// <summary>Takes stored rows of a sparse weight apart into codes by column, as the kernels' layouts are made from. Not for several threads at once.</summary>
internal sealed unsafe class SparseRowReader(Weight weight)
{
    private readonly SparseFormat _format = SparseFormat.Of(weight.Type);
    private readonly Numbers[] _parts = [.. Enumerable.Range(0, SparseFormat.Of(weight.Type).PartCount).Select(_ => new Numbers(weight.Columns))];

    /// <summary>A part of the row that was read last.</summary>
    public Numbers Part(int part) => _parts[part];

    /// <summary>Whether the kernels can multiply the row's codes: −128, which Pare never writes, is left to the float path.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Reads a row.</summary>
    /// <exception cref="ModelFormatException">The row's bytes are damaged.</exception>
    public void Read(int row)
    {
        var stored = new ReadOnlySpan<byte>(weight.StoredRow(row), checked((int)weight.Type.RowBytes(weight.Columns)));
        IsKnown = true;
        for (var part = 0; part < _parts.Length; part++) Read(row, stored, _format.Layout(part, weight.Columns), _parts[part]);
    }

    private void Read(int row, ReadOnlySpan<byte> stored, in SparsePartLayout layout, Numbers numbers)
    {
        numbers.Second = layout.Second(stored);
        if (!float.IsFinite(numbers.Second)) throw weight.Damaged(row, $"the scale of the row is {numbers.Second}; expected a finite number");
        layout.Scales(stored).CopyTo(numbers.Scales);
        numbers.Codes.AsSpan().Clear();
        numbers.Marks.AsSpan().Clear();
        Span<byte> places = stackalloc byte[SparseFormat.LargestBlock];
        Span<byte> codes = stackalloc byte[SparseFormat.LargestBlock];
        var blocks = new SparseBlocks(layout, stored, 0);
        var isInt8 = layout.Part.Numbers == NumberFormat.Int8;
        for (var block = 0; block < layout.Blocks; block++)
        {
            if (!blocks.Next(places, codes)) throw weight.Damaged(row, SparseRow.Positions(block, layout));
            for (var i = 0; i < layout.Part.Kept; i++)
            {
                var column = block * layout.Block + places[i];
                var code = codes[i];
                if (isInt8 && code == 0x80) IsKnown = false;
                numbers.Codes[column] = isInt8 ? code : NibbleTables.Code(layout.Grid, code);
                numbers.Marks[column] = 1;
            }
        }
    }

    /// <summary>One part of a row.</summary>
    internal sealed class Numbers(int columns)
    {
        /// <summary>[columns] int8, or nibbles of the part's table; 0 where the part has nothing.</summary>
        public byte[] Codes { get; } = new byte[columns];

        /// <summary>[columns] 1 where the part has a number, else 0.</summary>
        public byte[] Marks { get; } = new byte[columns];

        /// <summary>Scales of 16 columns each.</summary>
        public byte[] Scales { get; } = new byte[VsQuant.Vectors(columns)];

        /// <summary>γ.</summary>
        public float Second { get; set; }
    }
}
