namespace Pare.Numerics;

/// <summary>A matrix that is read row by row into float32, whatever it is stored as. Implemented by structs.</summary>
public unsafe interface IRowSource
{
    /// <summary>Decodes consecutive elements of one row. Called by several threads at once.</summary>
    /// <param name="row">Row, from 0.</param>
    /// <param name="column">First element, a multiple of 256.</param>
    /// <param name="count">Number of elements, a multiple of 256 or up to the end of the row.</param>
    /// <param name="destination">Where the elements go, [<paramref name="count"/>].</param>
    void Read(int row, int column, int count, float* destination);
}
