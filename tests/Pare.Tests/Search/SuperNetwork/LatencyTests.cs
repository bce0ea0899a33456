using System.Globalization;
using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.Search;
using Pare.Tests.Evaluation;
using Pare.Tests.Formats;
using Pare.Training;

namespace Pare.Tests.Search.SuperNetwork;

public sealed class LatencyTests
{
    [Fact]
    public void A_part_is_measured_once_for_all_who_work_on_a_study()
    {
        using var folder = new TemporaryFolder();
        using var one = Open(folder);
        using var other = Open(folder);
        var measured = 0;
        double Measure() => ++measured;
        Assert.Equal(1, new LatencyTable(one).Get("a", Measure));
        var table = new LatencyTable(other);
        Assert.Equal(1, table.Get("a", Measure));
        Assert.Equal(2, table.Get("b", Measure));
        Assert.Equal(2, new LatencyTable(one).Get("b", Measure));
        Assert.Equal(2, measured);
        one.KeepNote("latency c", "soon");
        Assert.Contains("damaged", Assert.Throws<StudyException>(() => table.Get("c", Measure)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_takes_what_its_parts_take()
    {
        using var folder = new TemporaryFolder();
        using var study = Open(folder);
        using var small = new SmallModel();
        var config = small.Model.Config;
        var (heads, channels, neurons) = ($"{config.Layers[0].Heads}/{config.Layers[0].KeyValueHeads}", config.HiddenSize, config.Layers[0].FfnSize);
        var f32 = ElementType.F32.Name();
        // Times that no machine has, so that the sum tells which parts were taken.
        void Set(string part, double milliseconds) => study.KeepNote($"latency {part}, {channels} channels", milliseconds.ToString(CultureInfo.InvariantCulture));
        Set($"attention of {heads} heads of 8, {f32}", 1);
        Set($"attention of {heads} heads of 8, {ElementType.Q8_0.Name()}", 10);
        Set($"network of {neurons}, {f32}", 100);
        Set($"network of {neurons / 4 * 2}, {f32}", 1000);
        Set($"head of {config.VocabularySize}, {f32}", 10000);
        using var evaluator = new SubNetworkEvaluator(small.Model, ImportanceOrder.Unsorted(config), [new LatencyMeasure(small.Model, new LatencyTable(study), threads: 1)], threads: 1);
        double Latency(SubNetwork shape, Func<ParameterId, ElementType?>? formats = null) => evaluator.Measure(shape, new SubNetworkTreatment { Format = formats })[SearchMetrics.Latency];
        var whole = SubNetwork.Whole(config);
        Assert.Equal(5, whole.Layers.Count);
        Assert.Equal(10505, Latency(whole));
        Assert.Equal(10404, Latency(whole with { Layers = [.. whole.Layers.Skip(1)] }));
        Assert.Equal(11405, Latency(whole with { Layers = [whole.Layers[0] with { FfnSize = neurons / 4 * 2 }, .. whole.Layers.Skip(1)] }));
        Assert.Equal(10514, Latency(whole, id => id.Layer == 2 && id.Role is ParameterRole.Query or ParameterRole.Key or ParameterRole.Value or ParameterRole.Output && id.Layer == 2 ? ElementType.Q8_0 : null));
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("Q8_0")]
    [InlineData("Q4_0")]
    [InlineData("2:4-int8")]
    public void Parts_of_every_format_can_be_timed(string format)
    {
        var type = ElementTypes.Parse(format);
        using var small = new SmallModel();
        var config = small.Model.Config;
        using var timer = new DecodeTimer(1, 2, 1);
        var layer = config.Layers[0] with { FfnSize = 128 };
        foreach (var milliseconds in (double[])[timer.Block(config, layer with { FfnSize = 0 }, _ => type, [], 0), timer.Block(config, layer with { Heads = 0, KeyValueHeads = 0 }, _ => type, [ActivationSite.Activation], 0.5), timer.Head(config, _ => type)])
            Assert.True(double.IsFinite(milliseconds) && milliseconds > 0);
    }

    private static Study Open(TemporaryFolder folder) => Study.Open(folder.File("s.db"), new StudyDescription { Space = new SearchSpace([SearchDimension.Ordered("depth", "1", "2")]), Metrics = ["latency"] });
}
