using Pare.Calibration;
using Pare.Compression;
using Pare.Evaluation;
using Pare.Formats.Tables;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Formats;
using Pare.Tests.Training.Definition;
using Pare.TestSupport;

namespace Pare.Tests.Calibration;

public sealed class FisherDiagonalTests
{
    private const int Windows = 5, Length = 9;

    private static string Sample => SharedFiles.InRepository("models", "stories260K");

    private static CalibrationOptions Calibration => new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 64 };

    /// <summary>Σ over the windows of the squared derivatives of each window's summed cross-entropy, by the definition in double precision; with one site at a time and with all at once the same bits.</summary>
    [Theory]
    [InlineData("llama", "uneven")]
    [InlineData("gpt2", "uniform")]
    [InlineData("gemma2", "missing")]
    public void Diagonals_are_the_sums_of_squared_gradients_of_windows(string name, string layers)
    {
        using var temporary = new TemporaryFolder();
        using var model = SmallModels.Create(name, layers);
        var windows = WindowsOf(model, temporary);
        var expected = model.Graph.Sites.ToDictionary(site => site, site => new double[site.WeightCount]);
        for (var i = 0; i < Windows; i++)
        {
            int[][] tokens = [windows[i].ToArray()];
            var gradients = DoubleGradients.Of(new DoubleModel(model.Config, DoubleGradients.ValuesOf(model)), tokens, (tape, logits) => tape.CrossEntropy(logits, DoubleGradients.NextTokens(tokens)));
            foreach (var (site, sums) in expected)
                for (var w = 0; w < sums.Length; w++) sums[w] += Math.Pow((Length - 1) * gradients.Parameters[site.Weight][w], 2);
        }

        using var pool = new ComputePool(2);
        var (together, apart) = (new StatisticsFolder(temporary.File("together"), model.Path, windows), new StatisticsFolder(temporary.File("apart"), model.Path, windows));
        FisherDiagonal.Find(model, model.Graph.Sites, new CalibrationData(windows, together), pool, FisherDiagonal.DefaultBytes, null, default);
        FisherDiagonal.Find(model, model.Graph.Sites, new CalibrationData(windows, apart), pool, 1, null, default);
        foreach (var (site, sums) in expected)
        {
            var found = together.ReadFisher(site);
            Assert.InRange(DoubleGradients.Difference(Array.ConvertAll(found, value => (double)value), sums), 0, 1e-4);
            Assert.Equal(found, apart.ReadFisher(site));
        }
    }

    [Fact]
    public void Memory_decides_how_many_sites_a_pass_has()
    {
        using var model = Model.Open(Sample);
        var bytes = model.Graph.Sites.Max(site => site.WeightCount) * sizeof(float);
        var passes = FisherDiagonal.Passes(model.Graph.Sites, bytes);
        Assert.True(passes.Count > 1);
        Assert.Equal(model.Graph.Sites, passes.SelectMany(pass => pass));
        Assert.All(passes, pass => Assert.InRange(pass.Sum(site => site.WeightCount * sizeof(float)), 1, bytes));
    }

    /// <summary>A run that was stopped in the third pass goes on there: what the first two found is not found again.</summary>
    [Fact]
    public void A_stopped_run_goes_on_behind_the_last_pass()
    {
        using var temporary = new TemporaryFolder();
        using var model = SmallModels.Create("llama");
        var windows = WindowsOf(model, temporary);
        var kept = new StatisticsFolder(temporary.File("kept"), model.Path, windows);
        using var pool = new ComputePool(1);
        using var stop = new CancellationTokenSource();
        var steps = 0;
        Assert.Throws<OperationCanceledException>(() => FisherDiagonal.Find(model, model.Graph.Sites, new CalibrationData(windows, kept), pool, 1, _ =>
        {
            if (++steps == 2 * Windows + 1) stop.Cancel();
        }, stop.Token));
        Assert.Equal([true, true, false], model.Graph.Sites.Take(3).Select(kept.HasFisher));
        steps = 0;
        FisherDiagonal.Find(model, model.Graph.Sites, new CalibrationData(windows, kept), pool, 1, _ => steps++, default);
        Assert.Equal((model.Graph.Sites.Count - 2) * Windows, steps);
        Assert.All(model.Graph.Sites, site => Assert.True(kept.HasFisher(site)));
    }

    /// <summary>Tables that know the Fisher information lose less by it than tables that know the inputs, and those of a run that reads kept diagonals are the same.</summary>
    [Fact]
    public void Squeezed_rows_lose_less_by_what_their_errors_count()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var options = new SqueezeLlmOptions { Format = new TableFormat(3) };
        Run(options with { Importance = ErrorImportance.Fisher }, Calibration with { Statistics = temporary.File("kept") }, "fisher");
        Run(options with { Importance = ErrorImportance.Fisher }, Calibration with { Statistics = temporary.File("kept") }, "again");
        Run(options with { Importance = ErrorImportance.Fisher }, Calibration, "alone");
        Run(options, Calibration, "inputs");
        foreach (var name in (string[])["again", "alone"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(temporary.File("fisher"), "model.safetensors")), File.ReadAllBytes(Path.Combine(temporary.File(name), "model.safetensors")));
        Assert.False(Directory.Exists(temporary.File("alone.run")));
        using var fisher = Model.Open(temporary.File("fisher"));
        using var inputs = Model.Open(temporary.File("inputs"));
        var kept = new StatisticsFolder(temporary.File("kept"), model.Path, CalibrationText.Read(Calibration, model, 0));
        foreach (var site in model.Graph.Sites)
        {
            var (before, diagonal) = (model.GetWeight(site.Weight).ToArray(), kept.ReadFisher(site));
            Assert.True(Error(fisher) < Error(inputs), $"{site.Name}: {Error(fisher)} is not below {Error(inputs)}");

            double Error(Model after) => after.GetWeight(site.Weight).ToArray().Select((value, i) => diagonal[i] * Math.Pow(value - before[i], 2)).Sum();
        }

        void Run(PassOptions pass, CalibrationOptions calibration, string name) => new CompressionRunner(model, new Recipe { Passes = [pass], Calibration = calibration }).Run(temporary.File(name));
    }

    [Fact]
    public void Gradients_have_to_come_before_every_change()
    {
        using var model = Model.Open(Sample);
        var recipe = new Recipe { Passes = [new ChannelScalingOptions { Equalize = true }, new SqueezeLlmOptions { Importance = ErrorImportance.Fisher }], Calibration = Calibration };
        Assert.Contains("passes[1]: squeezellm looks at gradients of the model before anything is changed", Assert.Throws<RecipeException>(() => new CompressionRunner(model, recipe)).Message, StringComparison.Ordinal);
    }

    private static TokenWindows WindowsOf(Model model, TemporaryFolder temporary)
    {
        var file = temporary.File("tokens.safetensors");
        var ids = SmallModels.Tokens(model, Windows, Length).SelectMany(window => window).SelectMany(id => BitConverter.GetBytes((long)id)).ToArray();
        Pare.Formats.SafetensorsWriter.Write(file, [Pare.Formats.OutgoingTensor.FromBytes("input_ids", Pare.Formats.ElementType.I64, [Windows, Length], ids)]);
        return TokenWindows.FromFile(file);
    }
}
