namespace Pare.Compression;

/// <summary>A share of something of which only whole pieces go.</summary>
internal static class DepthShare
{
    /// <summary>How many pieces a share is.</summary>
    /// <param name="share">The share, above 0 and below 1.</param>
    /// <param name="pieces">How many there are.</param>
    /// <param name="least">How many have to stay.</param>
    /// <param name="what">What they are, for messages.</param>
    /// <param name="path">Place of the step in the recipe.</param>
    /// <returns>From 1 to those that need not stay.</returns>
    /// <exception cref="RecipeException">It is out of range, or rounds to none or too many.</exception>
    public static int Count(double share, int pieces, int least, string what, string path)
    {
        if (!(share is > 0 and < 1)) throw new RecipeException($"{path}.sparsity", $"expected a share above 0 and below 1, found {share}");
        var count = (int)Math.Round(share * pieces, MidpointRounding.AwayFromZero);
        if (count >= 1 && count <= pieces - least) return count;
        var shares = pieces > least ? $"; one of them is {1.0 / pieces:G3}, the most that can go {(double)(pieces - least) / pieces:G3}" : "";
        throw new RecipeException($"{path}.sparsity", $"{share} of the {pieces} {what} is {(count < 1 ? "less than half of one" : $"{count}, and {least} have to stay")}{shares}");
    }
}
