using System.Text;

namespace Pare.Tokenization;

/// <summary>Reads the member <c>decoder</c> of tokenizer.json and works out the bytes of every token.</summary>
internal sealed class DecoderReader
{
    private readonly List<(TextPattern Pattern, string Content)> _replacements = [];
    private bool _byteLevel;
    private bool _byteFallback;
    private bool _fused;
    private bool _stripsFirstToken;
    private int _stripFromText;
    private int _stripFromToken;

    /// <summary>Reads a decoder.</summary>
    public static TokenDecoder Read(JsonPlace place, string?[] texts, IReadOnlyList<AddedToken> added)
    {
        var reader = new DecoderReader();
        if (place.Exists) reader.Add(place);
        var verbatim = added.Select(token => token.Id).ToHashSet();
        var pieces = new byte[]?[texts.Length];
        for (var id = 0; id < texts.Length; id++)
        {
            if (texts[id] is { } text) pieces[id] = reader.Bytes(text, verbatim.Contains(id));
        }

        return new TokenDecoder(pieces)
        {
            Separator = place.Exists ? [] : [(byte)' '],
            LeadingSpaces = reader._stripFromText,
            StripsFirstToken = reader._stripsFirstToken,
            ReplacesEachByte = reader._byteFallback,
        };
    }

    private void Add(JsonPlace place)
    {
        var type = place["type"].String();
        switch (type)
        {
            case "Sequence":
                foreach (var item in place["decoders"].Items()) Add(item);
                break;
            case "ByteLevel":
                _byteLevel = true;
                break;
            case "ByteFallback":
                _byteFallback = true;
                break;
            case "Fuse":
                _fused = true;
                break;
            case "Replace":
                var pattern = PreTokenizerReader.Pattern(place["pattern"]);
                if (_fused && pattern.Literal is not { Length: 1 }) throw place.Problem("a replacement after Fuse is supported for one character only");
                _replacements.Add((pattern, place["content"].String()));
                break;
            case "Strip":
                AddStrip(place);
                break;
            case "Metaspace":
                var (mark, prepend) = PreTokenizerReader.Metaspace(place);
                _replacements.Add((TextPattern.OfLiteral(mark.ToString()), " "));
                _stripsFirstToken = prepend != PrependScheme.Never;
                break;
            default:
                throw place["type"].Problem($"the decoder \"{Vocabulary.Short(type)}\" is not supported");
        }
    }

    private void AddStrip(JsonPlace place)
    {
        var count = place["start"].Int();
        if (place["content"].String() != " " || place["stop"].Int() != 0 || count < 0) throw place.Problem("only spaces at the start can be stripped");
        if (_fused) _stripFromText += count;
        else _stripFromToken += count;
    }

    private byte[] Bytes(string text, bool verbatim)
    {
        if (_byteLevel) return (verbatim ? null : ByteAlphabet.ToBytes(text)) ?? Encoding.UTF8.GetBytes(text);
        if (_byteFallback && BpeBuilder.ByteOf(text) is var value and >= 0) return [(byte)value];
        foreach (var (pattern, content) in _replacements) text = pattern.Replace(text, content);
        for (var i = 0; i < _stripFromToken && text.StartsWith(' '); i++) text = text[1..];
        return Encoding.UTF8.GetBytes(text);
    }
}
