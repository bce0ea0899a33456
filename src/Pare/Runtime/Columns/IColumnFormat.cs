namespace Pare.Runtime;

/// <summary>A block format whose columns lie apart, so that a column is read by itself.</summary>
internal unsafe interface IColumnFormat
{
    /// <summary>Rows that four bytes of a vector's lane hold, in units of 4: 1 for weights of a byte, 2 for halves of one.</summary>
    static abstract int Chunks { get; }

    /// <summary>Lays the 32 weights of a row down.</summary>
    /// <param name="stored">The block as the file has it.</param>
    /// <param name="columns">First column of the block, at the row's byte.</param>
    /// <param name="stride">Bytes from column to column.</param>
    /// <param name="chunk">Which of the <see cref="Chunks"/> the row belongs to.</param>
    static abstract void Pack(byte* stored, byte* columns, int stride, int chunk);

    /// <summary>int32 sums Σ w · q over the quads for 4 · <see cref="Chunks"/> vectors of rows.</summary>
    /// <param name="columns">First column of the block, at the rows' bytes.</param>
    /// <param name="stride">Bytes from column to column.</param>
    /// <param name="quads">The columns that count.</param>
    /// <param name="block">The activations' block.</param>
    /// <param name="sums">[4 · Chunks].</param>
    static abstract void Sums<TLanes, TVector>(byte* columns, int stride, ColumnQuads* quads, byte* block, TVector* sums)
        where TLanes : struct, IColumnLanes<TVector>
        where TVector : unmanaged;
}
