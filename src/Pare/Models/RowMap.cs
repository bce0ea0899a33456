namespace Pare.Models;

/// <summary>Which row of a stored tensor holds row r of a parameter.</summary>
/// <param name="Start">First row of the parameter, or of its first head.</param>
/// <param name="BlockRows">Rows that follow each other; 0 means all of them.</param>
/// <param name="Stride">Rows from one run to the next.</param>
/// <param name="InterleavedHead">Size of a head whose rotary pairs lie side by side; 0 where they do not.</param>
internal readonly record struct RowMap(int Start = 0, int BlockRows = 0, int Stride = 0, int InterleavedHead = 0)
{
    /// <summary>Whether consecutive rows stay consecutive.</summary>
    public bool IsContiguous => BlockRows == 0 && InterleavedHead == 0;

    public int this[int row]
    {
        get
        {
            if (InterleavedHead > 0)
            {
                var half = InterleavedHead / 2;
                var channel = row % InterleavedHead;
                row += channel % half * 2 + channel / half - channel;
            }

            return Start + (BlockRows == 0 ? row : row / BlockRows * Stride + row % BlockRows);
        }
    }
}
