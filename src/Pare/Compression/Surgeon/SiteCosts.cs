namespace Pare.Compression;

/// <summary>What removing parts of one site costs, by the quadratic model of the loss. Dead rows and columns cost 0.</summary>
internal sealed class SiteCosts
{
    /// <summary>[rows]: removing weight (i, j) costs ½·w²·RowFactors[i]·ColumnFactors[j].</summary>
    public required float[] RowFactors { get; init; }

    /// <summary>[columns], without the bias.</summary>
    public required float[] ColumnFactors { get; init; }

    /// <summary>[rows]: cost of removing each row.</summary>
    public required double[] RowCosts { get; init; }

    /// <summary>[columns], without the bias: cost of removing each column.</summary>
    public required double[] ColumnCosts { get; init; }
}
