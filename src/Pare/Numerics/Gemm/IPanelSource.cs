namespace Pare.Numerics;

/// <summary>An operand of a product that is cut into packed panels: a panel holds, for each depth, one element of each of its lines.</summary>
/// <remarks>The lines of A are its rows, the lines of B the columns of C that they make; depth is the axis that is summed over.</remarks>
internal unsafe interface IPanelSource
{
    /// <summary>Packs one panel.</summary>
    /// <param name="line">First line.</param>
    /// <param name="lines">Lines there are, from 1 to <paramref name="width"/>.</param>
    /// <param name="start">First depth.</param>
    /// <param name="depth">Number of depths.</param>
    /// <param name="width">Lines of a panel; those beyond <paramref name="lines"/> get finite or repeated values that no result uses.</param>
    /// <param name="panel">Destination, [depth, width].</param>
    void Pack(int line, int lines, int start, int depth, int width, float* panel);
}
