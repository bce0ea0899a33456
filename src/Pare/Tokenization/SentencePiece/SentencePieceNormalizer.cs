using System.Text;

namespace Pare.Tokenization;

/// <summary>What SentencePiece does to a text before merging: character map, spaces, dummy prefix.</summary>
internal sealed class SentencePieceNormalizer(SentencePieceModel model, CharacterMap? map) : Normalizer
{
    private readonly char _space = model.EscapesSpaces ? '\u2581' : ' ';

    public override string Apply(string text)
    {
        if (map is not null) text = map.Apply(text);
        if (model.RemovesExtraSpaces) text = Collapse(text);
        if (text.Length == 0) return text;
        text = text.Replace(' ', _space);
        if (!model.AddsDummyPrefix) return text;
        return model.SpaceIsSuffix ? text + _space : _space + text;
    }

    private static string Collapse(string text)
    {
        text = text.Trim(' ');
        if (!text.Contains("  ", StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (character != ' ' || result[^1] != ' ') result.Append(character);
        }

        return result.ToString();
    }
}
