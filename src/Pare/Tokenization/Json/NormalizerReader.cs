using System.Text;

namespace Pare.Tokenization;

/// <summary>Reads the member <c>normalizer</c> of tokenizer.json.</summary>
internal static class NormalizerReader
{
    /// <summary>Reads a normalizer, or null where there is none.</summary>
    public static Normalizer? Read(JsonPlace place)
    {
        if (!place.Exists) return null;
        var type = place["type"].String();
        return type switch
        {
            "Sequence" => new SequenceNormalizer([.. place["normalizers"].Items().Select(Read).OfType<Normalizer>()]),
            "NFC" => new UnicodeFormNormalizer(NormalizationForm.FormC),
            "NFD" => new UnicodeFormNormalizer(NormalizationForm.FormD),
            "NFKC" => new UnicodeFormNormalizer(NormalizationForm.FormKC),
            "NFKD" => new UnicodeFormNormalizer(NormalizationForm.FormKD),
            "Lowercase" => new LowercaseNormalizer(),
            "StripAccents" => new StripAccentsNormalizer(),
            "Strip" => new StripNormalizer(place["strip_left"].Bool(true), place["strip_right"].Bool(true)),
            "Prepend" => new PrependNormalizer(place["prepend"].String()),
            "Replace" => new ReplaceNormalizer(PreTokenizerReader.Pattern(place["pattern"]), place["content"].String()),
            _ => throw place["type"].Problem($"the normalizer \"{Vocabulary.Short(type)}\" is not supported"),
        };
    }
}
