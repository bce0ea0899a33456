namespace Pare.Compression;

/// <summary>Names of the allocations in recipes.</summary>
internal static class RateAllocations
{
    private static readonly string[] s_names = ["uniform", "owl", "sensitivity"];

    /// <summary>All names, for messages.</summary>
    public static string Names => string.Join(", ", s_names);

    /// <summary>The name.</summary>
    public static string Name(RateAllocation allocation) => s_names[(int)allocation];

    /// <summary>The allocation of a name, or null.</summary>
    public static RateAllocation? Parse(string name) => Array.IndexOf(s_names, name) is >= 0 and var index ? (RateAllocation)index : null;
}
