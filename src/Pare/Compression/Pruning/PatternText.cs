using System.Globalization;
using Pare.Formats.Sparse;
using Pare.Models;

namespace Pare.Compression;

/// <summary>Patterns N:M as recipes write them, and whether they fit a model.</summary>
internal static class PatternText
{
    /// <summary>Reads a pattern of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="key">Its key.</param>
    /// <param name="otherwise">What an absent key stands for.</param>
    /// <returns>N and M, 1 ≤ N ≤ M and 2 ≤ M ≤ 16; null where the key is absent and stands for nothing.</returns>
    /// <exception cref="RecipeException">The text is something else.</exception>
    public static (int Kept, int Block)? Read(RecipeMap step, string key, string? otherwise = null)
    {
        if ((step.Text(key) ?? otherwise) is not { } text) return null;
        return TryParse(text, out var kept, out var block) && IsPossible(kept, block) ? (kept, block)
            : throw step.Problem(key, $"expected N:M with M from 2 to {SparseFormat.LargestBlock} and N from 1 to M, such as 2:4, found '{text}'");
    }

    /// <summary>Whether N of M can be kept and stored.</summary>
    public static bool IsPossible(int kept, int block) => block is >= 2 and <= SparseFormat.LargestBlock && kept >= 1 && kept <= block;

    /// <summary>Reads the two whole numbers; whether they make sense is the caller's business.</summary>
    /// <param name="text">Such as 2:4.</param>
    /// <param name="kept">N.</param>
    /// <param name="block">M.</param>
    /// <returns>Whether the text is two whole numbers with a colon between.</returns>
    public static bool TryParse(string text, out int kept, out int block)
    {
        (kept, block) = (0, 0);
        return text.Split(':') is [var n, var m]
            && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out kept)
            && int.TryParse(m, NumberStyles.None, CultureInfo.InvariantCulture, out block);
    }

    /// <summary>Whether every row is a whole number of blocks.</summary>
    /// <param name="block">M.</param>
    /// <param name="sites">The sites.</param>
    /// <param name="path">Place in the recipe, for messages.</param>
    /// <exception cref="RecipeException">One is not; names the site, and the blocks that would do.</exception>
    public static void CheckBlocks(int block, IEnumerable<LinearSite> sites, string path)
    {
        var all = sites.ToList();
        if (all.Find(site => site.Columns % block != 0) is not { } odd) return;
        var fitting = Enumerable.Range(2, SparseFormat.LargestBlock - 1).Where(m => all.TrueForAll(other => other.Columns % m == 0)).ToList();
        throw new RecipeException($"{path}.pattern", $"blocks of {block} do not divide the {odd.Columns} input columns of {odd.Name}; "
            + (fitting.Count > 0 ? $"use {string.Join(", ", fitting)} for M" : "no M up to 16 divides all of them") + ", or leave it out with sites");
    }
}
