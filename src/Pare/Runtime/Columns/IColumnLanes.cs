namespace Pare.Runtime;

/// <summary>What kernels that read single columns need beyond <see cref="ILanes{TVector}"/>.</summary>
/// <typeparam name="TVector">The vector.</typeparam>
internal unsafe interface IColumnLanes<TVector> : ILanes<TVector>
    where TVector : unmanaged
{
    /// <summary>Where the byte of a row lies in a vector that holds a column of 4 · <see cref="ILanes{TVector}.Rows"/> rows: so that <see cref="Transpose"/> gives them back in order.</summary>
    /// <param name="row">From 0.</param>
    static abstract int Place(int row);

    /// <summary>Four columns of four bytes a lane to four vectors whose lanes have the four columns of a row: w0 of the first rows, w3 of the last.</summary>
    static abstract void Transpose(TVector a, TVector b, TVector c, TVector d, out TVector w0, out TVector w1, out TVector w2, out TVector w3);
}
