using System.Globalization;
using System.Text.Json.Nodes;

namespace Pare.Compression;

/// <summary>How many weights are removed: a share of them, or all but N in every M consecutive inputs of a row.</summary>
public sealed record SparsityTarget
{
    /// <summary>Largest block of a pattern.</summary>
    public const int LargestBlock = Formats.Sparse.SparseFormat.LargestBlock;

    private SparsityTarget(double rate, int kept, int block) => (Rate, Kept, Block) = (rate, kept, block);

    /// <summary>Share of weights removed, at least 0 and below 1.</summary>
    public double Rate { get; }

    /// <summary>N of N:M, the weights kept in a block; 0 without a pattern.</summary>
    public int Kept { get; }

    /// <summary>M of N:M; 0 without a pattern.</summary>
    public int Block { get; }

    /// <summary>Whether weights are removed by blocks.</summary>
    public bool IsPattern => Block > 0;

    /// <summary>A share of the weights, anywhere.</summary>
    /// <param name="rate">At least 0, below 1.</param>
    /// <returns>The target.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Another number.</exception>
    public static SparsityTarget Unstructured(double rate) =>
        rate is >= 0 and < 1 ? new SparsityTarget(rate, 0, 0) : throw new ArgumentOutOfRangeException(nameof(rate), rate, "a sparsity is at least 0 and below 1");

    /// <summary>N of every M consecutive inputs are kept.</summary>
    /// <param name="kept">N, from 1 to M.</param>
    /// <param name="block">M, from 2 to 16.</param>
    /// <returns>The target.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Other numbers.</exception>
    public static SparsityTarget Pattern(int kept, int block)
    {
        if (!PatternText.IsPossible(kept, block))
            throw new ArgumentOutOfRangeException(nameof(kept), $"{kept}:{block}", "a pattern N:M keeps N of M weights, 1 ≤ N ≤ M ≤ 16");
        return new SparsityTarget(1 - (double)kept / block, kept, block);
    }

    /// <inheritdoc/>
    public override string ToString() => IsPattern ? $"{Kept}:{Block}" : Rate.ToString("P1", CultureInfo.InvariantCulture);

    /// <summary>Reads <c>sparsity</c> or <c>pattern</c> of a step.</summary>
    internal static SparsityTarget Read(RecipeMap step)
    {
        var (rate, pattern) = (step.Number("sparsity"), PatternText.Read(step, "pattern"));
        if (rate is null == pattern is null) throw step.Problem("sparsity", "give either sparsity (a share, such as 0.5) or pattern (such as 2:4)");
        if (pattern is { } counts) return Pattern(counts.Kept, counts.Block);
        return rate is >= 0 and < 1 ? Unstructured(rate.Value) : throw step.Problem("sparsity", $"expected a share of at least 0 and below 1, found {rate!.Value.ToString(CultureInfo.InvariantCulture)}");
    }

    /// <summary>Adds the keys that <see cref="Read"/> reads.</summary>
    internal void Write(JsonObject json)
    {
        if (IsPattern) json["pattern"] = ToString();
        else json["sparsity"] = Rate;
    }
}
