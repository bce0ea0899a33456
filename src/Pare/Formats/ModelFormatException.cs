namespace Pare.Formats;

/// <summary>A model file that cannot be read: truncated, damaged, hostile, or of a kind that Pare does not know.</summary>
/// <remarks>The message names the file, the place in it (a byte offset, a tensor or a key), what was expected and what was found.</remarks>
public sealed class ModelFormatException : Exception
{
    /// <summary>Creates the exception for a place in a file.</summary>
    /// <param name="file">Path of the file, as the user gave it.</param>
    /// <param name="place">Where in the file: a byte offset, a tensor's name or a key; empty where the whole file is meant.</param>
    /// <param name="problem">What was expected, what was found, and what to do.</param>
    /// <param name="inner">The exception behind it, where there is one.</param>
    public ModelFormatException(string file, string place, string problem, Exception? inner = null)
        : base(place.Length == 0 ? $"{file}: {problem}" : $"{file}: {place}: {problem}", inner)
    {
        File = file;
        Place = place;
    }

    /// <summary>Path of the file that could not be read.</summary>
    public string File { get; }

    /// <summary>Byte offset, tensor or key at which reading failed; empty where the whole file is meant.</summary>
    public string Place { get; }
}
