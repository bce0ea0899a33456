namespace Pare.Runtime;

/// <summary>How a matrix is to be laid down in memory, where its format can be.</summary>
internal enum WeightLayout
{
    /// <summary>For products that read all of it.</summary>
    Dense,
    /// <summary>Columns apart, for inputs of which many are zero.</summary>
    Columns,
    /// <summary>Groups of eight rows at most, for outputs of which many are not wanted.</summary>
    RowGroups,
}
