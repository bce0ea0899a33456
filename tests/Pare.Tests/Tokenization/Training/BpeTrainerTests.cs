using System.Text;
using Pare.Formats;
using Pare.Tests.Formats;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Tokenization;

public class BpeTrainerTests
{
    private const string End = "<|endoftext|>";

    public static TheoryData<int, int, int> Cases()
    {
        var cases = new TheoryData<int, int, int>();
        for (var seed = 1; seed <= 24; seed++) cases.Add(seed, 257 + seed * 7, seed % 4 + 1);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_is_as_defined_by_recounting_every_pair_before_every_merge(int seed, int size, int minFrequency)
    {
        // Few letters, so that pairs overlap, tie, and spell the same token in two ways.
        var random = new Random(seed);
        string[] letters = seed % 3 == 0 ? ["a"] : seed % 3 == 1 ? ["a", "b", "é", " "] : ["a", "b", "c", " ", "\n", "'s", "1", "!", End];
        var texts = Enumerable.Range(0, 4).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 120)).Select(_ => letters[random.Next(letters.Length)]))).ToArray();
        var (tokens, merges) = BpeDefinition.Train(texts, size, minFrequency, [End]);
        var trained = BpeTrainer.Train(texts, new BpeTrainerOptions { VocabularySize = size, MinFrequency = minFrequency });
        Assert.Equal(merges, trained.Merges);
        Assert.Equal(tokens, trained.Tokens);
    }

    [Fact]
    public void Training_on_a_real_text_is_as_defined()
    {
        var text = File.ReadAllText(SharedFiles.InRepository("models", "stories.txt"));
        text = text[..Math.Min(text.Length, 20_000)];
        var (tokens, merges) = BpeDefinition.Train([text], 400, 2, [End]);
        var trained = BpeTrainer.Train([text], new BpeTrainerOptions { VocabularySize = 400 });
        Assert.Equal(merges, trained.Merges);
        Assert.Equal(tokens, trained.Tokens);
        Assert.Equal(400, trained.VocabularySize);
    }

    [Fact]
    public void The_order_of_the_texts_does_not_matter_but_their_borders_do()
    {
        string[] texts = ["the cat sat on the mat", "the dog and the cat", "a dog sat"];
        var options = new BpeTrainerOptions { VocabularySize = 300, MinFrequency = 1 };
        var trained = BpeTrainer.Train(texts, options);
        Assert.Equal(trained.Merges, BpeTrainer.Train(texts.Reverse(), options).Merges);
        Assert.NotEqual(trained.Merges, BpeTrainer.Train([string.Concat(texts)], options).Merges);
    }

    [Fact]
    public void Files_train_as_their_texts_do()
    {
        using var folder = new TemporaryFolder();
        string[] texts = ["Once upon a time, ünd so on. Once more.\n", "\uFEFFOnce upon the hill"];
        File.WriteAllText(folder.File("a.txt"), texts[0]);
        File.WriteAllText(folder.File("b.txt"), texts[1]);
        var options = new BpeTrainerOptions { VocabularySize = 290 };
        var trained = BpeTrainer.TrainFiles([folder.File("a.txt"), folder.File("b.txt")], options);
        Assert.Equal(BpeTrainer.Train([texts[0], texts[1][1..]], options).Merges, trained.Merges);
    }

    [Fact]
    public void What_is_trained_is_read_back_from_its_files_and_encodes_any_text_without_loss()
    {
        using var folder = new TemporaryFolder();
        var trained = BpeTrainer.TrainFiles([SharedFiles.InRepository("models", "stories.txt")], new BpeTrainerOptions { VocabularySize = 600 });
        trained.WriteTo(folder.File("tokenizer"));
        var read = TokenizerLoader.Load(folder.File("tokenizer"));
        var made = trained.ToTokenizer();
        Assert.Equal(600, read.VocabularySize);
        Assert.False(read.AddsBos);
        Assert.Null(read.BosId);
        Assert.Equal(0, read.EosId);
        Assert.True(read.IsSpecial(0));
        string[] texts =
        [
            "", " ", "Once upon a time, there was a little girl.", "\r\n\t  x\n\n", "naïve café — 日本語 한국어 мир", "👨‍👩‍👧 𝔘𝔫𝔦", "\0\u0001\u007f\u0080\u00ad\u00ff", "aaaaaaaaaaaaaaaa", "don't DON'T 1234567890", "Ġ Ċ",
            $"one{End}two {End}", "<|endoftext", new string(' ', 100) + "x",
        ];
        foreach (var text in texts)
        {
            var ids = read.Encode(text);
            Assert.Equal(text, read.Decode(ids));
            Assert.Equal(ids, made.Encode(text));
        }

        Assert.Equal([0], read.Encode(End));
        Assert.Equal(2, read.Encode($"one{End}two{End}").Count(id => id == 0));
        Assert.DoesNotContain(0, read.Encode(End, findSpecialTokens: false));
    }

    [Fact]
    public void Encoding_applies_the_merges_in_the_order_in_which_they_were_learned()
    {
        // hug ×10, pug ×5, pun ×12, bun ×4, hugs ×5: "ug" 20 times, "un" 16, then "hug" 15 (the example of Sennrich's method in Hugging Face's course).
        var words = new[] { ("hug", 10), ("pug", 5), ("pun", 12), ("bun", 4), ("hugs", 5) };
        var texts = words.SelectMany(word => Enumerable.Repeat(word.Item1, word.Item2));
        var trained = BpeTrainer.Train(texts, new BpeTrainerOptions { VocabularySize = 257 + 3 });
        Assert.Equal([("u", "g"), ("u", "n"), ("h", "ug")], trained.Merges);
        var tokenizer = trained.ToTokenizer();
        Assert.Equal(["b", "ug"], tokenizer.Encode("bug").Select(tokenizer.TokenText));
        Assert.Equal(["hug", "s"], tokenizer.Encode("hugs").Select(tokenizer.TokenText));
    }

    [Fact]
    public void Special_tokens_come_first_and_part_the_text()
    {
        var trained = BpeTrainer.Train(["ab<sep>ab<sep>ab<end>"], new BpeTrainerOptions { VocabularySize = 300, SpecialTokens = ["<end>", "<sep>"] });
        Assert.Equal(["<end>", "<sep>", "!"], trained.Tokens.Take(3));
        Assert.Equal([("a", "b")], trained.Merges);
        var tokenizer = trained.ToTokenizer();
        Assert.Equal(0, tokenizer.EosId);
        Assert.Equal(["ab", "<sep>", "<end>"], tokenizer.Encode("ab<sep><end>").Select(tokenizer.TokenText));
    }

    [Fact]
    public void No_learned_token_reads_like_a_special_one()
    {
        var trained = BpeTrainer.Train(["the x the x the"], new BpeTrainerOptions { VocabularySize = 300, SpecialTokens = ["Ġx"] });
        Assert.Equal(trained.Tokens.Count, trained.Tokens.Distinct().Count());
        Assert.DoesNotContain(("Ġ", "x"), trained.Merges);
    }

    [Fact]
    public void Misuse_is_refused_with_the_remedy()
    {
        static string Refused(BpeTrainerOptions options, params string[] texts) => Assert.ThrowsAny<ArgumentException>(() => BpeTrainer.Train(texts, options)).Message;
        Assert.Contains("a vocabulary of 256 tokens is too small: the 256 bytes and 1 special tokens alone are 257", Refused(new() { VocabularySize = 256 }, "text"), StringComparison.Ordinal);
        Assert.Equal(257, BpeTrainer.Train(["text"], new BpeTrainerOptions { VocabularySize = 257 }).VocabularySize);
        Assert.Contains("the texts are empty", Refused(new()), StringComparison.Ordinal);
        Assert.Contains("the texts are empty", Refused(new(), "", End), StringComparison.Ordinal);
        Assert.Contains("named twice", Refused(new() { SpecialTokens = ["<a>", "<a>"] }, "text"), StringComparison.Ordinal);
        Assert.Contains("token of a byte", Refused(new() { SpecialTokens = ["x"] }, "text"), StringComparison.Ordinal);
        Assert.Contains("is empty", Refused(new() { SpecialTokens = [""] }, "text"), StringComparison.Ordinal);
        Assert.Contains("minFrequency", Refused(new() { MinFrequency = 0 }, "text"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Files_that_cannot_be_learned_from_are_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("latin1.txt"), Encoding.Latin1.GetBytes("café"));
        var missing = Assert.Throws<ModelFormatException>(() => BpeTrainer.TrainFiles([folder.File("none.txt")]));
        Assert.EndsWith("none.txt: there is no such text file", missing.Message, StringComparison.Ordinal);
        var wrong = Assert.Throws<ModelFormatException>(() => BpeTrainer.TrainFiles([folder.File("latin1.txt")]));
        Assert.Equal("byte 3", wrong.Place);
    }

    [Fact]
    public void Work_can_be_ended_while_it_merges()
    {
        using var ended = new CancellationTokenSource();
        var text = File.ReadAllText(SharedFiles.InRepository("models", "stories.txt"));
        var progress = new Ending(ended);
        Assert.Throws<OperationCanceledException>(() => BpeTrainer.Train([text], new BpeTrainerOptions { VocabularySize = 700 }, progress, ended.Token));
        Assert.Equal(("merge", 443L), (progress.Last.Stage, progress.Last.Total));
        Assert.InRange(progress.Last.Done, 1, 442);
    }

    private sealed class Ending(CancellationTokenSource source) : IProgress<BpeTrainingProgress>
    {
        public BpeTrainingProgress Last { get; private set; }

        public void Report(BpeTrainingProgress value)
        {
            Last = value;
            source.Cancel();
        }
    }
}
