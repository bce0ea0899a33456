using Pare.Formats;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Tokenization;

public class GgufTokenizerTests
{
    [SharedFact]
    public void A_GGUF_file_and_the_folder_it_came_from_give_the_same_tokenizer()
    {
        using var file = GgufFile.Open(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        var fromGguf = TokenizerLoader.FromGguf(file.Metadata);
        var fromFolder = TokenizerLoader.Load(SharedFiles.Path("tokenizers", "smollm2"));
        Assert.Equal(fromFolder.VocabularySize, fromGguf.VocabularySize);
        Assert.Equal((1, 2, 2, 0), (fromGguf.BosId, fromGguf.EosId, fromGguf.PadId, fromGguf.UnknownId));
        Assert.Equal(fromFolder.AddsBos, fromGguf.AddsBos);
        Assert.Equal(fromFolder.ChatTemplate, fromGguf.ChatTemplate);
        Assert.Equal(fromFolder.StopIds, fromGguf.StopIds);
        var text = File.ReadAllText(SharedFiles.Path("data", "text", "wikitext-2-raw-test.txt"))[..200_000] + "<|im_start|>user\nHi<|im_end|>\n";
        Assert.Equal(fromFolder.Encode(text), fromGguf.Encode(text));
        for (var id = 0; id < fromFolder.VocabularySize; id++)
        {
            Assert.Equal(fromFolder.TokenText(id), fromGguf.TokenText(id));
            Assert.Equal(fromFolder.IsSpecial(id), fromGguf.IsSpecial(id));
        }
    }

    [Fact]
    public void SentencePiece_metadata_gives_the_tokenizer_of_the_model_file()
    {
        var path = SharedFiles.InRepository("models", "stories260K", "tokenizer.model");
        var model = SentencePieceReader.Read(File.ReadAllBytes(path), path);
        var metadata = new GgufMetadata("made.gguf", new Dictionary<string, GgufValue>
        {
            ["tokenizer.ggml.model"] = GgufValue.String("llama"),
            ["tokenizer.ggml.tokens"] = GgufValue.StringArray([.. model.Pieces.Select(piece => piece.Text)]),
            ["tokenizer.ggml.scores"] = GgufValue.Float32Array([.. model.Pieces.Select(piece => piece.Score)]),
            ["tokenizer.ggml.token_type"] = GgufValue.Int32Array([.. model.Pieces.Select(piece => (int)piece.Kind)]),
            ["tokenizer.ggml.bos_token_id"] = GgufValue.UInt32(1),
            ["tokenizer.ggml.eos_token_id"] = GgufValue.UInt32(2),
            ["tokenizer.ggml.padding_token_id"] = GgufValue.UInt32(uint.MaxValue),
        });
        var fromGguf = TokenizerLoader.FromGguf(metadata);
        var fromFile = TokenizerLoader.Load(Path.GetDirectoryName(path)!);
        const string text = "Once upon a time, there was a little girl named Lily. 日本 😀";
        Assert.Equal(fromFile.Encode(text), fromGguf.Encode(text));
        Assert.Equal(text, fromGguf.Decode(fromGguf.Encode(text), skipSpecialTokens: true));
        Assert.Null(fromGguf.PadId);
        Assert.Equal([1, 2], fromGguf.Encode("<s></s>", addSpecialTokens: false));
    }

    [Theory]
    [InlineData("tokenizer.ggml.model", "bert", "bert")]
    [InlineData("tokenizer.ggml.pre", "unheard-of", "unheard-of")]
    [InlineData("tokenizer.ggml.merges", null, "merges")]
    public void What_is_not_known_or_missing_is_named(string key, string? value, string expected)
    {
        var values = new Dictionary<string, GgufValue>
        {
            ["tokenizer.ggml.model"] = GgufValue.String("gpt2"),
            ["tokenizer.ggml.pre"] = GgufValue.String("gpt-2"),
            ["tokenizer.ggml.tokens"] = GgufValue.StringArray(["a", "b", "ab"]),
            ["tokenizer.ggml.merges"] = GgufValue.StringArray(["a b"]),
        };
        Assert.Equal([2, 0], TokenizerLoader.FromGguf(new GgufMetadata("f.gguf", values)).Encode("aba"));
        values.Remove(key);
        if (value is not null) values[key] = GgufValue.String(value);
        var problem = Assert.Throws<ModelFormatException>(() => TokenizerLoader.FromGguf(new GgufMetadata("f.gguf", values)));
        Assert.Contains(expected, problem.Message);
        Assert.Equal("f.gguf", problem.File);
    }
}
