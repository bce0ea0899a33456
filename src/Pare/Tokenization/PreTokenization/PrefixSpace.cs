using System.Buffers;

namespace Pare.Tokenization;

/// <summary>Puts a space before a piece that does not start with one (the option <c>add_prefix_space</c> of ByteLevel).</summary>
internal sealed class PrefixSpace : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, EncodeState state, int next)
    {
        if (text[0] == ' ')
        {
            state.Emit(text, next);
            return;
        }

        var buffer = ArrayPool<char>.Shared.Rent(text.Length + 1);
        buffer[0] = ' ';
        text.CopyTo(buffer.AsSpan(1));
        state.Emit(buffer.AsSpan(0, text.Length + 1), next);
        ArrayPool<char>.Shared.Return(buffer);
    }
}
