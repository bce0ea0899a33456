using Pare.Models;

namespace Pare.Compression;

/// <summary>Finds linear sites by patterns over their names: * stands for any characters, ? for one.</summary>
internal static class SitePatterns
{
    /// <summary>The sites that any of the patterns matches, in the order of the model.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="patterns">The patterns, or null for every site.</param>
    /// <param name="path">Place in the recipe, for messages.</param>
    /// <exception cref="RecipeException">A pattern matches no site.</exception>
    public static IReadOnlyList<LinearSite> Find(ModelGraph graph, IReadOnlyList<string>? patterns, string path)
    {
        if (patterns is null) return graph.Sites;
        foreach (var pattern in patterns)
        {
            if (graph.Sites.Any(site => Matches(pattern, site.Name))) continue;
            throw new RecipeException(path, $"'{pattern}' matches no linear site of the model; the nearest is {Nearest.Of(pattern, graph.Sites.Select(site => site.Name))} (* stands for any characters)");
        }

        return [.. graph.Sites.Where(site => patterns.Any(pattern => Matches(pattern, site.Name)))];
    }

    /// <summary>Whether a whole name fits a pattern.</summary>
    public static bool Matches(string pattern, string name)
    {
        // Greedy with one point of return: the last star takes one more character.
        int p = 0, n = 0, star = -1, resume = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = n;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == name[n]))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }
}
