namespace Pare.Tokenization;

/// <summary>One step that rewrites a text before it is cut into pieces.</summary>
internal abstract class Normalizer
{
    /// <summary>The rewritten text; the same object where nothing changes.</summary>
    public abstract string Apply(string text);
}
