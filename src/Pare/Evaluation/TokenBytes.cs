using Pare.Tokenization;

namespace Pare.Evaluation;

/// <summary>UTF-8 bytes of the text that tokens stand for, also where a character is split over tokens.</summary>
internal sealed class TokenBytes(Tokenizer tokenizer)
{
    /// <summary>Bytes of the text of the predicted tokens of a window: all but the first.</summary>
    /// <param name="window">The window's tokens.</param>
    /// <param name="startsText">Whether the window stands at the start of the text, where a SentencePiece tokenizer puts a space that the text has not.</param>
    public long OfPredicted(ReadOnlySpan<int> window, bool startsText)
    {
        var decoder = tokenizer.Decoder;
        long bytes = 0;
        for (var i = 1; i < window.Length; i++)
        {
            if (window[i] >= tokenizer.VocabularySize) continue;
            bytes += decoder.Bytes(window[i]).Length + decoder.Separator.Length;
        }

        // After a BOS the first piece of text is predicted, and begins with the dummy space.
        if (startsText && decoder.LeadingSpaces > 0 && tokenizer.IsSpecial(window[0]) && decoder.Bytes(window[1]) is [(byte)' ', ..]) bytes--;
        return bytes;
    }
}
