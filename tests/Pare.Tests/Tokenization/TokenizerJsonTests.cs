using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Tests.Tokenization;

public class TokenizerJsonTests
{
    [Fact]
    public void Merges_apply_in_order_and_the_template_adds_BOS()
    {
        var tokenizer = SmallTokenizer.Read(SmallTokenizer.ByteLevel());
        var hello = tokenizer.FindToken("hello")!.Value;
        var world = tokenizer.FindToken("Ġworld")!.Value;
        Assert.Equal([300, hello, world], tokenizer.Encode("hello world"));
        Assert.Equal([hello, world, 'h', 301], tokenizer.Encode("hello worldh</s>", addSpecialTokens: false));
        Assert.Equal("hello world", tokenizer.Decode([300, hello, world], skipSpecialTokens: true));
        Assert.Equal("<s>hello", tokenizer.Decode([300, hello]));
        Assert.Equal(302, tokenizer.VocabularySize);
        Assert.Equal("", tokenizer.TokenText(299));
    }

    [Fact]
    public void The_settings_outrank_the_template_about_BOS()
    {
        var file = SmallTokenizer.ByteLevel();
        var settings = new TokenizerSettings { BosToken = "<s>", EosToken = "</s>" };
        Assert.True(SmallTokenizer.Read(file, settings).AddsBos);
        Assert.False(SmallTokenizer.Read(file, settings with { AddBos = false }).AddsBos);
        Assert.Equal(301, SmallTokenizer.Read(file, settings with { AddEos = true }).Encode("x")[^1]);
        file["post_processor"] = null;
        Assert.False(SmallTokenizer.Read(file, settings).AddsBos);
        Assert.True(SmallTokenizer.Read(file, settings with { ClassName = "LlamaTokenizer" }).AddsBos);
    }

    [Fact]
    public void Added_tokens_take_white_space_along_and_keep_out_of_words_as_they_are_told()
    {
        var file = SmallTokenizer.ByteLevel();
        var mask = SmallTokenizer.Added(302, "<mask>");
        mask["lstrip"] = true;
        mask["rstrip"] = true;
        var word = SmallTokenizer.Added(303, "cat", special: false);
        word["single_word"] = true;
        file["added_tokens"]!.AsArray().Add(mask);
        file["added_tokens"]!.AsArray().Add(word);
        file["added_tokens"]!.AsArray().Add(SmallTokenizer.Added(304, "<mask>>"));
        var tokenizer = SmallTokenizer.Read(file);
        Assert.Equal(['a', 302, 'b'], tokenizer.Encode("a \t<mask>  b", addSpecialTokens: false));
        Assert.Equal([304, '>'], tokenizer.Encode("<mask>>>", addSpecialTokens: false));
        Assert.Equal([303, '.', 'c', 'a', 't', 's'], tokenizer.Encode("cat.cats", addSpecialTokens: false));
        Assert.False(tokenizer.IsSpecial(303));
        Assert.Equal([303, '<', 's', '>'], tokenizer.Encode("cat<s>", addSpecialTokens: false, findSpecialTokens: false));
    }

    [Fact]
    public void Characters_without_a_token_fall_back_to_bytes_and_come_back()
    {
        var tokenizer = SmallTokenizer.Read(SmallTokenizer.WithByteFallback());
        foreach (var text in (string[])["Once upon a time", "日本 😀 x", " two  spaces ", "a\nb", ""])
        {
            var ids = tokenizer.Encode(text);
            Assert.Equal(text, tokenizer.Decode(ids));
            Assert.DoesNotContain(0, ids);
        }

        // Bytes that are no UTF-8 become U+FFFD, one each.
        var first = tokenizer.FindToken("<0xE6>")!.Value;
        Assert.Equal("\uFFFD\uFFFD", tokenizer.Decode([first, first]));
    }

    [Fact]
    public void Unknown_characters_become_one_unknown_token_where_they_are_fused()
    {
        var file = SmallTokenizer.WithByteFallback();
        file["model"]!["byte_fallback"] = false;
        Assert.Equal([0, 0], Strip(SmallTokenizer.Read(file), "日本 日"));
        file["model"]!["fuse_unk"] = false;
        Assert.Equal([0, 0, 0], Strip(SmallTokenizer.Read(file), "日本 日"));

        static IEnumerable<int> Strip(Tokenizer tokenizer, string text) => tokenizer.Encode(text).Where(id => id == 0);
    }

    [Theory]
    [InlineData("always", "▁a▁b", "▁c")]
    [InlineData("first", "▁a▁b", "c")]
    [InlineData("never", "a▁b", "c")]
    public void Metaspace_puts_its_mark_where_it_is_told(string scheme, string before, string after)
    {
        var file = SmallTokenizer.WithByteFallback();
        file["normalizer"] = null;
        file["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = scheme, ["split"] = true };
        file["decoder"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = scheme };
        var tokenizer = SmallTokenizer.Read(file);
        var ids = tokenizer.Encode("a b<s>c");
        var cut = Array.IndexOf(ids, 1);
        Assert.Equal(before, string.Concat(ids[..cut].Select(tokenizer.TokenText)));
        Assert.Equal(after, string.Concat(ids[(cut + 1)..].Select(tokenizer.TokenText)));
        Assert.Equal("a b", tokenizer.Decode(ids.AsSpan(0, cut)));
    }

    [Fact]
    public void A_word_that_is_a_token_is_that_token_where_merges_are_ignored()
    {
        var file = SmallTokenizer.ByteLevel();
        file["model"]!["vocab"]!["xyz"] = 299;
        Assert.Equal(['x', 'y', 'z'], SmallTokenizer.Read(file).Encode("xyz", addSpecialTokens: false));
        file["model"]!["ignore_merges"] = true;
        Assert.Equal([299], SmallTokenizer.Read(file).Encode("xyz", addSpecialTokens: false));
    }

    [Theory]
    [InlineData("model.type", "\"Unigram\"", "Unigram")]
    [InlineData("model.merges", "[\"h zzz\"]", "zzz")]
    [InlineData("model.merges", "[[\"h\"]]", "pair")]
    [InlineData("model.merges", "[\"h e l\"]", "two tokens")]
    [InlineData("model.merges", "[7]", "merges[0]")]
    [InlineData("model.vocab.hello", "0", "two tokens")]
    [InlineData("model.vocab.hello", "-1", "-1")]
    [InlineData("model.vocab.hello", "2000000000", "2000000000")]
    [InlineData("model.vocab.hello", "1e99", "whole number")]
    [InlineData("model.unk_token", "\"zzz\"", "zzz")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "</w>")]
    [InlineData("added_tokens", "[{\"id\":2000000000,\"content\":\"x\"}]", "2000000000")]
    [InlineData("added_tokens", "[{\"content\":\"x\"}]", "id")]
    [InlineData("pre_tokenizer.type", "\"Bert\"", "Bert")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Isolated\"}", "expression")]
    [InlineData("normalizer", "{\"type\":\"Precompiled\"}", "Precompiled")]
    [InlineData("decoder.type", "\"WordPiece\"", "WordPiece")]
    [InlineData("post_processor.special_tokens", "{}", "<s>")]
    [InlineData("post_processor.special_tokens", "{\"<s>\":{\"ids\":[999]}}", "999")]
    [InlineData("model", "null", "model")]
    public void What_is_wrong_is_named(string place, string value, string expected)
    {
        var file = SmallTokenizer.ByteLevel();
        JsonNode node = file;
        var names = place.Split('.');
        foreach (var name in names[..^1]) node = node[name]!;
        node[names[^1]] = JsonNode.Parse(value);
        var problem = Assert.Throws<ModelFormatException>(() => SmallTokenizer.Read(file));
        Assert.Contains(expected, problem.Message);
        Assert.Equal("tokenizer.json", problem.File);
    }
}
