namespace Pare.Tokenization;

/// <summary>Parts numbers from other text: each numeric character alone, or each run of them.</summary>
internal sealed class DigitsSplitter(bool individual) : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, EncodeState state, int next)
    {
        var start = 0;
        for (var at = 0; at < text.Length;)
        {
            if (CharacterClasses.At(text, at, out var units) != CharacterClass.Number)
            {
                at += units;
                continue;
            }

            state.Emit(text[start..at], next);
            var end = individual ? at + units : CharacterClasses.EndOfRun(text, at, CharacterClass.Number);
            state.Emit(text[at..end], next);
            start = at = end;
        }

        state.Emit(text[start..], next);
    }
}
