using System.Text;
using System.Text.Json;
using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class BoundedJsonTests
{
    [Fact]
    public void A_document_is_read_with_and_without_a_byte_order_mark()
    {
        foreach (var start in new[] { "", "\uFEFF" })
        {
            using var document = BoundedJson.Parse("x.json", Encoding.UTF8.GetBytes(start + "{\"a\":\"\\ud83d\\ude00\"}"));
            Assert.Equal("😀", document.RootElement.GetProperty("a").GetString());
        }
    }

    [Theory]
    [InlineData("{\"a\":1,\n\"b\":x}", "byte 12")]
    [InlineData("\uFEFF{\"a\":1,\n\"b\":x}", "byte 15")]
    [InlineData("", "byte 0")]
    [InlineData("{\"a\":1", "byte 6")]
    [InlineData("{\"a\":\"\\ud800\"}", "byte 5")]
    [InlineData("{\"\\uDC00\":1}", "byte 1")]
    [InlineData("{\"a\":1}{", "byte 7")]
    [InlineData("{\"a\":1,}", "byte 7")]
    [InlineData("// note\n{}", "byte 0")]
    [InlineData("{\"a\":1,\"b\":{\"a\":1},\"\\u0061\":2}", "byte 19")]
    [InlineData("\uFEFF[{\"a\":{\"b\":1,\n\"b\":2}}]", "byte 17")]
    public void A_fault_is_reported_at_its_byte(string json, string place)
    {
        var error = Assert.Throws<ModelFormatException>(() => BoundedJson.Parse("x.json", Encoding.UTF8.GetBytes(json)));

        Assert.Equal(("x.json", place), (error.File, error.Place));
    }

    [Fact]
    public void A_repeated_key_is_named()
    {
        var error = Assert.Throws<ModelFormatException>(() => BoundedJson.Parse("x.json", "{\"layers\":1,\"layers\":2}"u8.ToArray()));

        Assert.Contains("'layers' stands twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused_at_their_place()
    {
        var error = Assert.Throws<ModelFormatException>(() => BoundedJson.Parse("x.json", new byte[] { (byte)'[', (byte)'"', 0xC3, (byte)'"', (byte)']' }));

        Assert.Equal("byte 2", error.Place);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void Deep_nesting_is_refused_and_the_allowed_depth_is_not(string open, string close)
    {
        string Nested(int depth) => string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));

        using (BoundedJson.Parse("x", Encoding.UTF8.GetBytes(Nested(64))))
        {
        }

        Assert.Throws<ModelFormatException>(() => BoundedJson.Parse("x", Encoding.UTF8.GetBytes(Nested(65))));
        Assert.Throws<ModelFormatException>(() => BoundedJson.Parse("x", Encoding.UTF8.GetBytes(Nested(1_000_000))));
    }

    [Fact]
    public void A_file_over_the_limit_is_refused_unread()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("x.json");
        File.WriteAllText(path, "[1,2,3]");

        using (var document = BoundedJson.Open(path, maxBytes: 7)) Assert.Equal(JsonValueKind.Array, document.RootElement.ValueKind);
        Assert.Contains("has 7 bytes", Assert.Throws<ModelFormatException>(() => BoundedJson.Open(path, maxBytes: 6)).Message, StringComparison.Ordinal);
    }
}
