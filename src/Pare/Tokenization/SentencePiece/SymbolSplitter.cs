namespace Pare.Tokenization;

/// <summary>Takes user-defined symbols out of a text: each is a token whatever stands around it, and nothing merges across it.</summary>
internal sealed class SymbolSplitter(AddedTokenMatcher symbols) : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, EncodeState state, int next)
    {
        var at = 0;
        while (symbols.TryFind(text, at, out var match))
        {
            state.Emit(text[at..match.Start], next);
            state.Ids.Add(match.Token.Id);
            at = match.End;
        }

        state.Emit(text[at..], next);
    }
}
