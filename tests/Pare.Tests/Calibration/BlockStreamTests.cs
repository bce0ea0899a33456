using Pare.Calibration;
using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Models.Support;
using Pare.TestSupport;

namespace Pare.Tests.Calibration;

public sealed unsafe class BlockStreamTests
{
    private static string Text => SharedFiles.InRepository("models", "wikipedia.txt");

    /// <summary>The other way through the same blocks: the engine, which keeps all of them and runs a sequence at a time.</summary>
    [Theory]
    [InlineData("pare-llama-5m")]
    [InlineData("pare-opt-5m")]
    public void The_streams_behind_the_last_block_are_the_engines(string name)
    {
        using var model = Model.Open(SharedFiles.InRepository("models", name));
        var windows = TokenWindows.FromText(model.Tokenizer, Text, TextProtocol.Plain, window: 48, maxWindows: 2);
        using var pool = new ComputePool(2);
        using var stream = new BlockStream(model.Config, windows, pool, model.FindWeight);
        var seen = new Counter();
        for (var i = 0; i < model.Config.Layers.Count; i++)
        {
            using var block = new DecoderBlock(model, i);
            var before = *stream.Values;
            stream.Observe(block, i, seen, default);
            Assert.Equal(before, *stream.Values);
            stream.Advance(block, i, default);
        }

        Assert.Equal(4 * 2 * model.Config.Layers.Count, seen.Calls);
        using var norm = new NormWeights(model.GetWeight(new ParameterId(ParameterRole.FinalNorm)),
            model.FindWeight(new ParameterId(ParameterRole.FinalNorm, IsBias: true)), model.Config.Norm, model.Config.NormEpsilon, model.Config.NormWeightOffset);
        using var engine = new InferenceEngine(model);
        var (size, length) = (model.Config.HiddenSize, windows.Window);
        var expected = new float[length * size];
        var found = new float[size];
        for (var window = 0; window < windows.Count; window++)
        {
            using var cache = engine.CreateCache(length);
            engine.Forward(windows[window], cache, expected);
            for (var t = 0; t < length; t++)
            {
                fixed (float* target = found) norm.Apply(stream.Values + ((long)window * length + t) * size, target);
                Assert.Equal(expected.AsSpan(t * size, size).ToArray(), found);
            }
        }
    }

    [Fact]
    public void Drawn_windows_are_pieces_of_the_text_and_depend_on_the_seed()
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var all = model.Tokenizer.Encode(File.ReadAllText(Text)).ToArray();
        var options = new CalibrationOptions { Text = Text, Samples = 5, Window = 64 };
        var drawn = CalibrationText.Read(options, model, seed: 1);
        Assert.Equal((5, 64), (drawn.Count, drawn.Window));
        for (var i = 0; i < 5; i++) Assert.True(all.AsSpan().IndexOf(drawn[i]) >= 0);
        Assert.Equal(drawn.All, CalibrationText.Read(options, model, seed: 1).All);
        Assert.False(drawn.All.SequenceEqual(CalibrationText.Read(options, model, seed: 2).All));
    }

    [Fact]
    public void A_text_shorter_than_a_window_is_refused()
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "Too short.");
        var exception = Assert.Throws<Pare.Formats.ModelFormatException>(() => CalibrationText.Read(new CalibrationOptions { Text = path, Window = 256 }, model, 0));
        Assert.Contains("give a longer text or a shorter window", exception.Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    private sealed class Counter : IInputObserver
    {
        public int Calls { get; private set; }

        public void Observe(SiteInput input, float* values, int tokens, int columns) => Calls++;
    }
}
