using System.Text;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Tokenization;

public class StreamingDecoderTests
{
    private const string Text = "Zoë 日本語 😀👨‍👩‍👧 naïve \t x\n";

    public static TheoryData<string> Kinds => ["byte level", "byte fallback", "SentencePiece"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_parts_joined_are_the_text_and_no_part_breaks_a_character(string kind)
    {
        var tokenizer = Create(kind);
        var ids = tokenizer.Encode(Text);
        var stream = tokenizer.CreateStreamingDecoder();
        var result = new StringBuilder();
        foreach (var id in ids)
        {
            var part = stream.Append(id);
            Assert.DoesNotContain('\uFFFD', part);
            Assert.True(part.Length == 0 || (!char.IsHighSurrogate(part[^1]) && !char.IsLowSurrogate(part[0])));
            result.Append(part);
        }

        Assert.Equal("", stream.Flush());
        Assert.Equal(Text, result.ToString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_ids_stream_to_what_they_decode_to_at_once(string kind)
    {
        var tokenizer = Create(kind);
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var ids = Enumerable.Range(0, 12).Select(_ => random.Next(tokenizer.VocabularySize)).ToArray();
            var skip = round % 2 == 0;
            var stream = tokenizer.CreateStreamingDecoder(skip);
            var parts = string.Concat(ids.Select(stream.Append)) + stream.Flush();
            Assert.Equal(tokenizer.Decode(ids, skip), parts);
        }
    }

    [Fact]
    public void An_unfinished_character_is_given_out_at_the_end()
    {
        var tokenizer = SmallTokenizer.Read(SmallTokenizer.ByteLevel());
        var stream = tokenizer.CreateStreamingDecoder();
        Assert.Equal("", stream.Append(0xF0));
        Assert.Equal("", stream.Append(0x9F));
        Assert.Equal("\uFFFD", stream.Flush());
        Assert.Equal("", stream.Append(0xC3));
        Assert.Equal("é", stream.Append(0xA9));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Append(302));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Append(-1));
    }

    private static Tokenizer Create(string kind) => kind switch
    {
        "byte level" => SmallTokenizer.Read(SmallTokenizer.ByteLevel()),
        "byte fallback" => SmallTokenizer.Read(SmallTokenizer.WithByteFallback()),
        // The sample's own normalizer joins runs of spaces; the text has none.
        _ => TokenizerLoader.Load(SharedFiles.InRepository("models", "stories260K")),
    };
}
