using System.Text;

namespace Pare.Tokenization;

/// <summary>Applies several normalizers in order.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<Normalizer> steps) : Normalizer
{
    public override string Apply(string text)
    {
        foreach (var step in steps) text = step.Apply(text);
        return text;
    }
}

/// <summary>Replaces every match of a pattern.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : Normalizer
{
    public override string Apply(string text) => pattern.Replace(text, content);
}

/// <summary>Puts a text before any text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override string Apply(string text) => text.Length == 0 ? text : prefix + text;
}

/// <summary>Removes white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override string Apply(string text) => (left, right) switch
    {
        (true, true) => text.Trim(),
        (true, false) => text.TrimStart(),
        (false, true) => text.TrimEnd(),
        _ => text,
    };
}

/// <summary>Lower case by the full mapping that keeps nothing of the language; İ becomes i and a dot above.</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    public override string Apply(string text) => text.ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);
}

/// <summary>Removes non-spacing marks.</summary>
internal sealed class StripAccentsNormalizer : Normalizer
{
    public override string Apply(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != System.Globalization.UnicodeCategory.NonSpacingMark) result.Append(rune.ToString());
        }

        return result.Length == text.Length ? text : result.ToString();
    }
}

/// <summary>One of the four Unicode normalization forms.</summary>
internal sealed class UnicodeFormNormalizer(NormalizationForm form) : Normalizer
{
    public override string Apply(string text) => UnicodeForms.Normalize(text, form);
}
