namespace Pare.Compression;

/// <summary>What is removed together.</summary>
public enum PruningStructure
{
    /// <summary>Single weights.</summary>
    Elements,
    /// <summary>All but N of every M consecutive weights of a row, where a block of M is pruned at all.</summary>
    Blocks,
    /// <summary>Rows (outputs) of a site.</summary>
    Rows,
    /// <summary>Columns (inputs) of a site.</summary>
    Columns,
    /// <summary>Rows and columns of a site, whichever cost less.</summary>
    RowsColumns,
    /// <summary>Whole neurons and key-value heads with their query heads, in all sites that write and read them; the model becomes narrower.</summary>
    Coupled,
}
