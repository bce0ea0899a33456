using Pare.Calibration;
using Pare.Compression;
using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Calibration;

public sealed unsafe class StatisticsFolderTests
{
    private static readonly SiteInput[] s_inputs = Enum.GetValues<SiteInput>();

    private static string Sample => SharedFiles.InRepository("models", "stories260K");

    private static CalibrationOptions Options => new() { Text = SharedFiles.InRepository("models", "stories.txt"), Samples = 3, Window = 32 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_kept_is_what_was_seen_to_the_bit(bool moments)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var windows = CalibrationText.Read(Options, model, 0);
        var folder = new StatisticsFolder(temporary.File("kept"), model.Path, windows);
        var wanted = s_inputs.ToDictionary(input => input, _ => moments ? StatisticsKinds.SecondMoments : StatisticsKinds.Channels);
        using var pool = new ComputePool(2);
        using var first = Walk(model, new CalibrationData(windows, folder), pool);
        // A model without weights: the second walk can only read.
        using var second = new UnchangedStatistics(model.Graph, _ => throw new InvalidOperationException("a weight was asked for"), new CalibrationData(windows, folder), pool, default);
        for (var block = 0; block < model.Config.Layers.Count; block++)
        {
            var (seen, read) = (first.Of(block, wanted), second.Of(block, wanted));
            foreach (var input in s_inputs)
            {
                Assert.Equal(seen[input].Tokens, read[input].Tokens);
                Assert.Equal(seen[input].Sums, read[input].Sums);
                Assert.Equal(seen[input].AbsoluteSums, read[input].AbsoluteSums);
                Assert.Equal(seen[input].SquareSums, read[input].SquareSums);
                Assert.Equal(seen[input].AbsoluteMaxima, read[input].AbsoluteMaxima);
                Assert.Equal(moments, read[input].HasMoments);
                var count = seen[input].Columns * seen[input].Columns;
                if (moments) Assert.Equal(new ReadOnlySpan<float>(seen[input].Moments, count), new ReadOnlySpan<float>(read[input].Moments, count));
            }

            Dispose(seen);
            Dispose(read);
        }
    }

    /// <summary>Norms were kept by one method; another wants second moments of the later blocks: the windows are taken there, and the numbers are those of a run without a folder.</summary>
    [Fact]
    public void What_is_missing_is_gathered_and_added()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var windows = CalibrationText.Read(Options, model, 0);
        var folder = new StatisticsFolder(temporary.File("kept"), model.Path, windows);
        using var pool = new ComputePool(2);
        var norms = new Dictionary<SiteInput, StatisticsKinds> { [SiteInput.Ffn] = StatisticsKinds.Channels };
        var moments = new Dictionary<SiteInput, StatisticsKinds> { [SiteInput.Ffn] = StatisticsKinds.SecondMoments };
        using (var walk = Walk(model, new CalibrationData(windows, folder), pool))
            for (var block = 0; block < 4; block++) Dispose(walk.Of(block, norms));
        using var alone = Walk(model, new CalibrationData(windows), pool);
        using var mixed = Walk(model, new CalibrationData(windows, folder), pool);
        Dispose(mixed.Of(0, norms));
        var (expected, found) = (alone.Of(3, moments), mixed.Of(3, moments));
        var count = found[SiteInput.Ffn].Columns * found[SiteInput.Ffn].Columns;
        Assert.Equal(new ReadOnlySpan<float>(expected[SiteInput.Ffn].Moments, count), new ReadOnlySpan<float>(found[SiteInput.Ffn].Moments, count));
        Dispose(found);
        Dispose(expected);
        using var read = new UnchangedStatistics(model.Graph, _ => throw new InvalidOperationException("a weight was asked for"), new CalibrationData(windows, folder), pool, default);
        Dispose(read.Of(1, norms));
        Dispose(read.Of(3, moments));
    }

    [Fact]
    public void Another_model_or_text_has_statistics_of_its_own()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        using var pool = new ComputePool(1);
        var norms = new Dictionary<SiteInput, StatisticsKinds> { [SiteInput.Ffn] = StatisticsKinds.Channels };
        var windows = CalibrationText.Read(Options, model, 0);
        using (var walk = Walk(model, new CalibrationData(windows, new StatisticsFolder(temporary.File("kept"), model.Path, windows)), pool)) Dispose(walk.Of(0, norms));
        foreach (var other in (TokenWindows[])[CalibrationText.Read(Options, model, 1), CalibrationText.Read(Options with { Samples = 2 }, model, 0)])
            Assert.Null(new StatisticsFolder(temporary.File("kept"), model.Path, other).Read(0, norms, _ => 64));
        var copy = Directory.CreateDirectory(temporary.File("copy")).FullName;
        foreach (var file in Directory.GetFiles(Sample)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        File.AppendAllText(Path.Combine(copy, "config.json"), " ");
        Assert.Null(new StatisticsFolder(temporary.File("kept"), copy, windows).Read(0, norms, _ => 64));
        var found = new StatisticsFolder(temporary.File("kept"), model.Path, windows).Read(0, norms, _ => 64);
        Assert.NotNull(found);
        Dispose(found);
    }

    [Fact]
    public void Files_of_other_models_and_damaged_files_are_refused_by_name()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        using var pool = new ComputePool(1);
        var moments = new Dictionary<SiteInput, StatisticsKinds> { [SiteInput.Ffn] = StatisticsKinds.SecondMoments };
        var (one, two) = (CalibrationText.Read(Options, model, 0), CalibrationText.Read(Options, model, 1));
        var (first, second) = (new StatisticsFolder(temporary.File("one"), model.Path, one), new StatisticsFolder(temporary.File("two"), model.Path, two));
        using (var walk = Walk(model, new CalibrationData(one, first), pool)) Dispose(walk.Of(0, moments));
        using (var walk = Walk(model, new CalibrationData(two, second), pool)) Dispose(walk.Of(0, moments));
        var (kept, foreign) = (OnlyFile(temporary.File("one")), OnlyFile(temporary.File("two")));
        var whole = File.ReadAllBytes(kept);

        File.Copy(foreign, kept, overwrite: true);
        Assert.Contains("another model or text; remove the file", Refused().Message, StringComparison.Ordinal);
        File.WriteAllBytes(kept, whole[..^1]);
        Assert.Contains(kept, Refused().Message, StringComparison.Ordinal);
        File.WriteAllBytes(kept, whole);
        Assert.Contains("expected F64 [63], found F64 [64]", Refused(63).Message, StringComparison.Ordinal);

        CalibrationException Refused(int columns = 64) => Assert.Throws<CalibrationException>(() => first.Read(0, moments, _ => columns));
    }

    /// <summary>Three methods share a survey; with and without the folder, before and after it is filled, all give the same bytes.</summary>
    [Fact]
    public void Compression_gives_the_same_bytes_with_kept_statistics()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var passes = new PassOptions[]
        {
            new WandaOptions { Target = SparsityTarget.Unstructured(0.5), Rates = RateAllocation.Owl }, new SparseGptOptions { Target = SparsityTarget.Unstructured(0.5), Rates = RateAllocation.Sensitivity },
            new FlapOptions { Sparsity = 0.3 },
        };
        foreach (var pass in passes)
        {
            var alone = Run(pass, Options, "alone");
            var kept = Options with { Statistics = temporary.File("kept") };
            Assert.Equal(alone, Run(pass, kept, "filling"));
            var written = Directory.GetFiles(temporary.File("kept"), "*", SearchOption.AllDirectories).ToDictionary(file => file, File.GetLastWriteTimeUtc);
            Assert.NotEmpty(written);
            Assert.Equal(alone, Run(pass, kept, "reading"));
            Assert.All(written, file => Assert.Equal(file.Value, File.GetLastWriteTimeUtc(file.Key)));
        }

        byte[] Run(PassOptions pass, CalibrationOptions calibration, string name)
        {
            var output = temporary.File($"{pass.Method}-{name}");
            new CompressionRunner(model, new Recipe { Passes = [pass], Calibration = calibration }).Run(output);
            return [.. File.ReadAllBytes(Path.Combine(output, "model.safetensors")), .. File.ReadAllBytes(Path.Combine(output, "pare.json"))];
        }
    }

    private static UnchangedStatistics Walk(Model model, CalibrationData data, ComputePool pool) => new(model.Graph, model.FindWeight, data, pool, default);

    private static string OnlyFile(string folder) => Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));

    private static void Dispose(IReadOnlyDictionary<SiteInput, InputStatistics> inputs)
    {
        foreach (var statistics in inputs.Values) statistics.Dispose();
    }
}
