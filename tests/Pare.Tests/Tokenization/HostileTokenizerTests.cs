using System.Text;
using System.Text.Json;
using Pare.Formats;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Tokenization;

/// <summary>Damaged files give a <see cref="ModelFormatException"/> or a tokenizer that works; nothing else, and no hang.</summary>
public class HostileTokenizerTests
{
    private const int Seed = 20260517;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Twenty_thousand_mutated_SentencePiece_files_give_the_one_exception_or_a_working_tokenizer()
    {
        // A small file of the same kind as the real one, so that many mutations hit the structure.
        var source = SmallSentencePiece();
        var works = Mutate(source, 20_000, bytes => TokenizerLoader.FromSentencePiece(bytes, "tokenizer.model", new TokenizerSettings()));
        Assert.InRange(works, 1_000, 19_000);
    }

    [Fact]
    public void Mutations_of_the_sample_model_s_own_file_give_the_one_exception_or_a_working_tokenizer()
    {
        var source = File.ReadAllBytes(SharedFiles.InRepository("models", "stories260K", "tokenizer.model"));
        Mutate(source, 500, bytes => TokenizerLoader.FromSentencePiece(bytes, "tokenizer.model", new TokenizerSettings()));
    }

    [Fact]
    public void Twenty_thousand_mutated_JSON_files_give_the_one_exception_or_a_working_tokenizer()
    {
        var source = JsonSerializer.SerializeToUtf8Bytes(SmallTokenizer.ByteLevel(), Readable);
        var works = Mutate(source, 20_000, bytes => TokenizerJsonReader.Read(bytes, "tokenizer.json", new TokenizerSettings()));
        Assert.InRange(works, 100, 19_900);
    }

    [Fact]
    public void Truncated_files_are_refused_at_every_length()
    {
        var source = SmallSentencePiece();
        for (var length = 0; length < source.Length; length++)
        {
            var part = source[..length];
            try
            {
                TokenizerLoader.FromSentencePiece(part, "tokenizer.model", new TokenizerSettings());
            }
            catch (ModelFormatException problem)
            {
                Assert.Equal("tokenizer.model", problem.File);
            }
        }
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"model\":")]
    [InlineData("{\"a\":")]
    public void Deep_JSON_is_refused(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 100_000));
        Assert.Throws<ModelFormatException>(() => TokenizerJsonReader.Read(Encoding.UTF8.GetBytes(text), "tokenizer.json", new TokenizerSettings()));
    }

    [Fact]
    public void Deep_sequences_of_steps_are_refused()
    {
        const int depth = 5_000;
        var file = "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]},\"pre_tokenizer\":" + string.Concat(Enumerable.Repeat("{\"type\":\"Sequence\",\"pretokenizers\":[", depth)) + string.Concat(Enumerable.Repeat("]}", depth)) + "}";
        Assert.Throws<ModelFormatException>(() => TokenizerJsonReader.Read(Encoding.UTF8.GetBytes(file), "tokenizer.json", new TokenizerSettings()));
    }

    [Fact]
    public void A_unigram_model_is_named_as_what_it_is()
    {
        var source = SmallSentencePiece(modelType: 1);
        var problem = Assert.Throws<ModelFormatException>(() => TokenizerLoader.FromSentencePiece(source, "tokenizer.model", new TokenizerSettings()));
        Assert.Contains("unigram", problem.Message);
    }

    [Fact]
    public void Long_inputs_without_words_take_no_quadratic_time()
    {
        // At n² these would take hours.
        var tokenizer = TokenizerLoader.Load(SharedFiles.InRepository("models", "stories260K"));
        Assert.Equal(400_000, tokenizer.Decode(tokenizer.Encode(new string('e', 400_000)), skipSpecialTokens: true).Length);
        var byteLevel = SmallTokenizer.Read(SmallTokenizer.ByteLevel());
        Assert.Equal(400_000, byteLevel.Decode(byteLevel.Encode(string.Concat(Enumerable.Repeat("hell", 100_000))), skipSpecialTokens: true).Length);
    }

    [Fact]
    public void An_expression_that_never_ends_is_named_with_its_file()
    {
        var pattern = TextPattern.OfExpression("(?:a|aa|a+)+b", "tokenizer.json");
        var problem = Assert.Throws<ModelFormatException>(() => pattern.Matches(new string('a', 200)));
        Assert.Equal(("tokenizer.json", "expression (?:a|aa|a+)+b"), (problem.File, problem.Place));
    }

    private static int Mutate(byte[] source, int count, Func<byte[], Tokenizer> read)
    {
        var random = new Random(Seed);
        var works = 0;
        for (var i = 0; i < count; i++)
        {
            var bytes = Mutated(source, random);
            try
            {
                var tokenizer = read(bytes);
                works++;
                tokenizer.Decode(tokenizer.Encode("hello wörld  <s>1\n"));
            }
            catch (ModelFormatException problem)
            {
                Assert.NotEqual("", problem.Message);
            }
            catch (Exception problem)
            {
                Assert.Fail($"mutation {i} of seed {Seed} gave {problem}");
            }
        }

        return works;
    }

    private static byte[] Mutated(byte[] source, Random random)
    {
        var bytes = source.ToList();
        for (var edits = random.Next(1, 4); edits > 0 && bytes.Count > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 20), bytes.Count - at))); break;
                case 4: bytes[at] = random.Next(2) == 0 ? (byte)0xFF : (byte)'9'; break;
                default: if (random.Next(8) == 0) bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }

        return [.. bytes];
    }

    private static byte[] SmallSentencePiece(int modelType = 2)
    {
        var file = new List<byte>();
        var score = 0f;
        foreach (var (text, kind) in ((string, int)[])[("<unk>", 2), ("<s>", 3), ("</s>", 3), ("<0xC3>", 6), ("<0xB6>", 6), ("▁", 1), ("h", 1), ("e", 1), ("l", 1), ("o", 1), ("he", 1), ("ll", 5), ("hell", 1), ("▁hello", 1), ("lo", 1), ("hello", 1), ("[x]", 4)])
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            List<byte> piece = [0x0A, (byte)utf8.Length, .. utf8, 0x15, .. BitConverter.GetBytes(score), 0x18, (byte)kind];
            file.AddRange([0x0A, (byte)piece.Count, .. piece]);
            score -= 1;
        }

        // Trainer: model type, byte fallback, unknown, BOS, EOS. Normalizer: no dummy prefix left out, extra spaces kept.
        byte[] trainer = [0x18, (byte)modelType, 0x98, 0x02, 1, 0xC0, 0x02, 0, 0xC8, 0x02, 1, 0xD0, 0x02, 2];
        byte[] normalizer = [0x18, 1, 0x20, 0, 0x28, 1];
        file.AddRange([0x12, (byte)trainer.Length, .. trainer, 0x1A, (byte)normalizer.Length, .. normalizer]);
        return [.. file];
    }
}
