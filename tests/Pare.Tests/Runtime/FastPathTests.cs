using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Tests.Runtime;

/// <summary>Int8 activations and small caches on models of random weights, against the engine's exact path and across threads and pieces.</summary>
public sealed class FastPathTests
{
    // Longer than two runs of keys, so that runs are joined and the last is not full.
    private const int Length = 300;

    private static readonly ModelShape Shape = new("small", HiddenSize: 256, Layers: 2, Heads: 8, KeyValueHeads: 2, FfnSize: 512, VocabularySize: 500, Tied: true);

    public static TheoryData<ElementType> Formats => [ElementType.Q8_0, ElementType.Q6_K, ElementType.Q5_0, ElementType.Q4_K, ElementType.Q4_1, ElementType.Q4_0];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Int8_activations_stay_near_the_exact_ones(ElementType format)
    {
        using var model = RandomModel.Create(Shape, format);
        var exact = Hidden(model, new EngineOptions { Threads = 2 }, 20, 20);
        foreach (var piece in new[] { 1, 20 })
        {
            var fast = Hidden(model, new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8 }, 20, piece);
            // Each input is off by up to 0.4 % of the largest of its block, at random: a few parts in a thousand of the result, gathered over two blocks.
            Assert.InRange(Difference(exact, fast), 1e-5, 0.03);
        }
    }

    [Theory]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_K)]
    [InlineData(ElementType.F16)]
    public void Results_do_not_depend_on_the_number_of_threads(ElementType format)
    {
        using var model = RandomModel.Create(Shape, format);
        foreach (var piece in new[] { 1, Length })
        {
            var expected = Hidden(model, Options(1), Length, piece);
            Assert.Equal(expected, Hidden(model, Options(2), Length, piece));
            Assert.Equal(expected, Hidden(model, Options(3), Length, piece));
        }

        static EngineOptions Options(int threads) => new() { Threads = threads, Activations = ActivationPrecision.Int8, KvCacheType = ElementType.Q8_0 };
    }

    [Theory]
    [InlineData(ElementType.F32, 1e-6, 1e-4)]
    [InlineData(ElementType.F16, 1e-6, 1e-3)]
    [InlineData(ElementType.Q8_0, 1e-5, 0.02)]
    public void Caches_change_results_by_no_more_than_their_rounding(ElementType cache, double least, double most)
    {
        // Whole against token by token: another attention, with keys and values in the cache's type.
        using var model = RandomModel.Create(Shape, ElementType.F32);
        var exact = Hidden(model, new EngineOptions(), Length, Length);
        var whole = Hidden(model, new EngineOptions { KvCacheType = cache }, Length, Length);
        var single = Hidden(model, new EngineOptions { KvCacheType = cache }, Length, 1);
        Assert.InRange(Difference(whole, single), 0, 1e-4);
        Assert.InRange(Difference(exact, single), cache == ElementType.F32 ? 0 : least, most);
    }

    [Fact]
    public void A_cache_in_Q8_0_takes_little_more_than_a_quarter()
    {
        using var model = RandomModel.Create(Shape, ElementType.F32);
        using var exact = new InferenceEngine(model);
        using var small = new InferenceEngine(model, new EngineOptions { KvCacheType = ElementType.Q8_0 });
        using var large = exact.CreateCache(100);
        using var cache = small.CreateCache(100);
        Assert.Equal(large.ByteLength * 34 / 128, cache.ByteLength);
    }

    [Fact]
    public void A_cache_beyond_the_machine_s_memory_is_refused_before_it_is_reserved()
    {
        using var model = RandomModel.Create(Shape, ElementType.F32);
        using var engine = new InferenceEngine(model);
        var refused = Assert.Throws<InsufficientMemoryException>(() => engine.CreateCache(int.MaxValue));
        Assert.Contains("shorter context", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decoding_with_int8_allocates_nothing()
    {
        using var model = RandomModel.Create(Shape, ElementType.Q4_0);
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8, KvCacheType = ElementType.Q8_0 });
        using var cache = engine.CreateCache(Length);
        var hidden = new float[engine.Config.HiddenSize];
        var logits = new float[engine.Config.VocabularySize];
        var token = new int[] { 5 };
        for (var i = 0; i < 140; i++) Step();
        Assert.Equal(0, AllocatedBytes.Of(() =>
        {
            for (var i = 0; i < 10; i++) Step();
        }));

        void Step()
        {
            engine.Forward(token, cache, hidden);
            engine.Logits(hidden, 1, logits);
        }
    }

    [Fact]
    public void Logits_of_many_tokens_are_those_of_each()
    {
        using var model = RandomModel.Create(Shape, ElementType.Q8_0);
        using var engine = new InferenceEngine(model, new EngineOptions { Activations = ActivationPrecision.Int8 });
        var width = engine.Config.HiddenSize;
        var hidden = new float[150 * width];
        var random = new Random(3);
        foreach (ref var value in hidden.AsSpan()) value = (float)random.NextDouble() - 0.5f;
        var all = new float[150 * engine.Config.VocabularySize];
        engine.Logits(hidden, 150, all);
        var one = new float[engine.Config.VocabularySize];
        foreach (var t in new[] { 0, 63, 64, 149 })
        {
            engine.Logits(hidden.AsSpan(t * width, width), 1, one);
            Assert.Equal(one, all.AsSpan(t * one.Length, one.Length).ToArray());
        }
    }

    private static float[] Hidden(Model model, EngineOptions options, int length, int piece)
    {
        using var engine = new InferenceEngine(model, options);
        using var cache = engine.CreateCache(length);
        var random = new Random(9);
        var tokens = new int[length];
        foreach (ref var token in tokens.AsSpan()) token = random.Next(500);
        var width = engine.Config.HiddenSize;
        var hidden = new float[length * width];
        for (var i = 0; i < length; i += piece) engine.Forward(tokens.AsSpan(i, piece), cache, hidden.AsSpan(i * width, piece * width));
        return hidden;
    }

    // Root mean square of the difference over that of the numbers.
    private static double Difference(float[] expected, float[] actual)
    {
        double squares = 0, size = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            squares += Math.Pow(expected[i] - actual[i], 2);
            size += Math.Pow(expected[i], 2);
        }

        return Math.Sqrt(squares / size);
    }
}
