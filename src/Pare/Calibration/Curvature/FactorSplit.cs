namespace Pare.Calibration;

/// <summary>Which matrices of a <see cref="FactorStore"/> lie in memory, and what that takes.</summary>
internal sealed record FactorSplit
{
    /// <summary>Whether each matrix lies in memory.</summary>
    public required bool[] InMemory { get; init; }

    /// <summary>Bytes of the matrices in memory.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Bytes of the matrices in the file.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Bytes through which the matrices of the file are read and written: those of the largest.</summary>
    public required long WindowBytes { get; init; }

    /// <summary>Bytes of a matrix.</summary>
    public static long Bytes(int size) => (long)size * size * sizeof(float);

    /// <summary>Fills the budget in the order given.</summary>
    /// <exception cref="CurvatureException">The budget is smaller than one matrix that has to wait in the file.</exception>
    public static FactorSplit Of(IReadOnlyList<int> sizes, long budget)
    {
        var total = sizes.Sum(Bytes);
        var inMemory = new bool[sizes.Count];
        if (total <= budget)
        {
            Array.Fill(inMemory, true);
            return new FactorSplit { InMemory = inMemory, MemoryBytes = total, DiskBytes = 0, WindowBytes = 0 };
        }

        var window = sizes.Max(Bytes);
        if (window > budget)
            throw new CurvatureException($"the memory for the curvature's factors is {budget} bytes, and the largest factor, {sizes.Max()} × {sizes.Max()}, needs {window}; give at least that ({total} holds all of them)");
        var left = budget - window;
        for (var i = 0; i < sizes.Count; i++)
        {
            inMemory[i] = Bytes(sizes[i]) <= left;
            if (inMemory[i]) left -= Bytes(sizes[i]);
        }

        var memory = budget - window - left;
        return new FactorSplit { InMemory = inMemory, MemoryBytes = memory, DiskBytes = total - memory, WindowBytes = window };
    }
}
