namespace Pare.Compression;

/// <summary>A recipe that cannot be carried out: something in the document is misspelt, out of range, or matches nothing in the model.</summary>
public sealed class RecipeException : Exception
{
    /// <summary>Creates the exception for a place in the document.</summary>
    /// <param name="path">The place, such as <c>passes[1].format</c>; empty where the whole document is meant.</param>
    /// <param name="problem">What was expected, what was found, and what to do.</param>
    /// <param name="inner">The exception behind it, where there is one.</param>
    public RecipeException(string path, string problem, Exception? inner = null)
        : base(path.Length == 0 ? $"recipe: {problem}" : $"recipe: {path}: {problem}", inner) => Path = path;

    /// <summary>Place in the document; empty where the whole document is meant.</summary>
    public string Path { get; }
}
