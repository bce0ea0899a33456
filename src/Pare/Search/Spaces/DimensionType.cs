namespace Pare.Search;

/// <summary>What the values of a search dimension are.</summary>
public enum DimensionType
{
    /// <summary>Any number between two bounds.</summary>
    Real,
    /// <summary>One of several values in a meaningful order (widths, depths): neighbours are alike.</summary>
    Ordered,
    /// <summary>One of several values without order (formats, patterns).</summary>
    Categorical,
}
