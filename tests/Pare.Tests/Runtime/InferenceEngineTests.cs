using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Tests.Runtime;

/// <summary>Properties of the engine on the repository's own small model.</summary>
public sealed class InferenceEngineTests
{
    private static readonly int[] Tokens = [1, 403, 407, 261, 378, 67, 45, 500, 311, 9, 77, 401, 402, 333, 12, 13, 14, 200, 211, 222];

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        var expected = Logits(new EngineOptions { Threads = 1 }, Tokens.Length);
        Assert.Equal(expected, Logits(new EngineOptions { Threads = 2 }, Tokens.Length));
        Assert.Equal(expected, Logits(new EngineOptions { Threads = 3 }, Tokens.Length));
        var single = Logits(new EngineOptions { Threads = 1 }, 1);
        Assert.Equal(single, Logits(new EngineOptions { Threads = 3 }, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void Pieces_of_any_size_give_what_the_whole_gives(int piece)
    {
        var whole = Logits(new EngineOptions { Threads = 2 }, Tokens.Length);
        var pieces = Logits(new EngineOptions { Threads = 2 }, piece);
        // Other orders of summation: float32 rounding over five layers.
        for (var i = 0; i < whole.Length; i++) Assert.InRange(pieces[i], whole[i] - 1e-4f, whole[i] + 1e-4f);
    }

    [Fact]
    public void A_float16_cache_changes_logits_by_no_more_than_its_rounding()
    {
        var expected = Logits(new EngineOptions(), Tokens.Length);
        foreach (var piece in new[] { 1, Tokens.Length })
        {
            var actual = Logits(new EngineOptions { KvCacheType = ElementType.F16 }, piece);
            var difference = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
            // Keys and values are rounded by 2⁻¹¹ of their size; logits reach about 20.
            Assert.InRange(difference, 1e-6f, 0.05f);
        }
    }

    [Fact]
    public void Truncating_the_cache_forgets_the_tokens_behind()
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        using var engine = new InferenceEngine(model);
        using var cache = engine.CreateCache(64);
        var expected = new float[Tokens.Length * engine.Config.HiddenSize];
        engine.Forward(Tokens, cache, expected);
        cache.Truncate(10);
        var wrong = new float[3 * engine.Config.HiddenSize];
        engine.Forward([5, 6, 7], cache, wrong);
        cache.Truncate(10);
        var again = new float[(Tokens.Length - 10) * engine.Config.HiddenSize];
        engine.Forward(Tokens.AsSpan(10), cache, again);
        for (var i = 0; i < again.Length; i++)
            Assert.InRange(again[i], expected[10 * engine.Config.HiddenSize + i] - 1e-4f, expected[10 * engine.Config.HiddenSize + i] + 1e-4f);
    }

    [Fact]
    public void A_batch_of_sequences_gives_what_each_gives_alone()
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 2 });
        var size = engine.Config.HiddenSize;
        // Sequences of different lengths: the last tokens are run as a batch, and alone.
        var lengths = new[] { 1, 5, 12, Tokens.Length, 3 };
        var caches = lengths.Select(_ => engine.CreateCache(32)).ToArray();
        var alone = new float[lengths.Length * size];
        for (var i = 0; i < lengths.Length; i++)
        {
            var prompt = Tokens.AsSpan(0, lengths[i]);
            var hidden = new float[prompt.Length * size];
            engine.Forward(prompt, caches[i], hidden);
            engine.Forward([7 + i], caches[i], alone.AsSpan(i * size, size));
            caches[i].Truncate(lengths[i]);
        }

        var batch = new float[alone.Length];
        engine.ForwardBatch([7, 8, 9, 10, 11], caches, batch);
        for (var i = 0; i < batch.Length; i++) Assert.InRange(batch[i], alone[i] - 1e-5f, alone[i] + 1e-5f);
        Assert.Equal(lengths.Select(length => length + 1), caches.Select(cache => cache.Length));
        Assert.Throws<ArgumentException>(() => engine.ForwardBatch([1, 2], [caches[0], caches[0]], new float[2 * size]));
        foreach (var cache in caches) cache.Dispose();
    }

    [Fact]
    public void Decoding_a_token_allocates_nothing()
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 2 });
        using var cache = engine.CreateCache(256);
        var hidden = new float[engine.Config.HiddenSize];
        var logits = new float[engine.Config.VocabularySize];
        var token = new int[] { 5 };
        for (var i = 0; i < 8; i++) Step();
        Assert.Equal(0, AllocatedBytes.Of(() =>
        {
            for (var i = 0; i < 40; i++) Step();
        }));

        void Step()
        {
            engine.Forward(token, cache, hidden);
            engine.Logits(hidden, 1, logits);
        }
    }

    [Fact]
    public void Tokens_outside_the_vocabulary_and_a_full_cache_are_refused()
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        using var engine = new InferenceEngine(model);
        using var cache = engine.CreateCache(2);
        var hidden = new float[3 * engine.Config.HiddenSize];
        Assert.Contains("do not fit", Assert.Throws<ArgumentException>(() => engine.Forward([1, 2, 3], cache, hidden)).Message, StringComparison.Ordinal);
        Assert.Contains("outside the vocabulary", Assert.Throws<ArgumentException>(() => engine.Forward([512], cache, hidden.AsSpan(0, 64))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => engine.Forward([1], cache, hidden));
    }

    private static float[] Logits(EngineOptions options, int piece)
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        using var engine = new InferenceEngine(model, options);
        using var cache = engine.CreateCache(Tokens.Length);
        var size = engine.Config.HiddenSize;
        var hidden = new float[Tokens.Length * size];
        for (var i = 0; i < Tokens.Length; i += piece)
        {
            var count = Math.Min(piece, Tokens.Length - i);
            engine.Forward(Tokens.AsSpan(i, count), cache, hidden.AsSpan(i * size, count * size));
        }

        var logits = new float[Tokens.Length * engine.Config.VocabularySize];
        engine.Logits(hidden, Tokens.Length, logits);
        return logits;
    }
}
