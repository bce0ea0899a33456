namespace Pare.Numerics;

/// <summary>The innermost product: a tile of C held in registers.</summary>
internal unsafe interface IGemmKernel
{
    /// <summary>Rows of the tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Lower tiles have a multiple of this many rows.</summary>
    static abstract int RowStep { get; }

    /// <summary>Columns of the tile.</summary>
    static abstract int Columns { get; }

    /// <summary>Row panels that one column panel meets before the next: 1 keeps the row panel in the first-level cache, more keeps the column panel there.</summary>
    static abstract int InnerRows { get; }

    /// <summary>Columns of C in one part of the work: a block of B that stays in the second-level cache.</summary>
    static abstract int PartColumns { get; }

    /// <summary>C = A·B or C += A·B for the upper rows of a tile: Σ over d, ascending, of a[d, row] · b[d, column], added to C at the end.</summary>
    /// <param name="rows">Rows to compute and write: a multiple of <see cref="RowStep"/> up to <see cref="Rows"/>. A row's result does not depend on it.</param>
    /// <param name="depth">Terms of the sum.</param>
    /// <param name="a">Packed panel [depth, <see cref="Rows"/>].</param>
    /// <param name="b">Packed panel [depth, <see cref="Columns"/>].</param>
    /// <param name="c">First element of the tile.</param>
    /// <param name="stride">Elements from one row of C to the next.</param>
    /// <param name="accumulate">Whether C is added to; otherwise it is not read.</param>
    static abstract void Multiply(int rows, int depth, float* a, float* b, float* c, nint stride, bool accumulate);
}
