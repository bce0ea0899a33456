using System.Buffers;

namespace Pare.Tokenization;

/// <summary>Writes spaces as a mark (U+2581), puts one before the text, and cuts before every mark.</summary>
/// <param name="mark">The character that stands for a space.</param>
/// <param name="prepend">Whether a mark is put before a piece, only before the first of a text, or never.</param>
/// <param name="split">Whether to cut.</param>
internal sealed class MetaspaceSplitter(char mark, PrependScheme prepend, bool split) : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, EncodeState state, int next)
    {
        var buffer = ArrayPool<char>.Shared.Rent(text.Length + 1);
        text.CopyTo(buffer.AsSpan(1));
        buffer.AsSpan(1, text.Length).Replace(' ', mark);
        buffer[0] = mark;
        var wanted = prepend == PrependScheme.Always || (prepend == PrependScheme.First && state.AtStart);
        var marked = buffer.AsSpan(0, text.Length + 1);
        if (!wanted || marked[1] == mark) marked = marked[1..];
        state.AtStart = false;
        Emit(marked, state, next);
        ArrayPool<char>.Shared.Return(buffer);
    }

    private void Emit(ReadOnlySpan<char> text, EncodeState state, int next)
    {
        var start = 0;
        while (split)
        {
            var found = text[(start + 1)..].IndexOf(mark);
            if (found < 0) break;
            state.Emit(text.Slice(start, found + 1), next);
            start += found + 1;
        }

        state.Emit(text[start..], next);
    }
}
