using System.Text.Json.Nodes;

namespace Pare.Compression;

/// <summary>Options of one pass, a step of a <see cref="Recipe"/>.</summary>
public abstract record PassOptions
{
    private protected PassOptions()
    {
    }

    /// <summary>Name of the method in recipes.</summary>
    public abstract string Method { get; }

    /// <summary>The options as a recipe has them, with the defaults written out.</summary>
    internal abstract JsonObject ToJson();
}
