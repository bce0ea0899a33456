namespace Pare.Tokenization;

/// <summary>One step that cuts a text into pieces (or rewrites it) before the model sees them.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Emits the pieces of a text, in order, to the step named <paramref name="next"/>.</summary>
    public abstract void Split(ReadOnlySpan<char> text, EncodeState state, int next);
}
