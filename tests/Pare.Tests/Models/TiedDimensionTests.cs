using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Models.Support;

namespace Pare.Tests.Models;

/// <summary>A tied dimension is complete and right if permuting its units leaves the function of the model alone.</summary>
public sealed class TiedDimensionTests
{
    private static readonly int[] Tokens = [3, 17, 250, 99, 5, 5, 311, 42, 7, 128, 64, 200];

    [TestSupport.SharedTheory]
    [MemberData(nameof(Families.All), MemberType = typeof(Families))]
    public void Permuting_the_units_of_every_dimension_keeps_the_logits(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        Assert.NotEmpty(model.Graph.TiedDimensions);
        var expected = Logits(model);
        foreach (var kind in Enum.GetValues<DimensionKind>())
        {
            var dimensions = model.Graph.TiedDimensions.Where(dimension => dimension.Kind == kind).ToList();
            if (dimensions.Count == 0)
            {
                // Only a residual stream behind projections is not offered as one dimension.
                Assert.Equal(DimensionKind.Hidden, kind);
                Assert.NotEqual(model.Config.HiddenSize, model.Config.EmbeddingSize);
                continue;
            }

            var actual = LogitsWith(model, dimensions);
            var largest = expected.Max(Math.Abs);
            for (var i = 0; i < expected.Length; i++) Assert.InRange(actual[i], expected[i] - 1e-4f * largest, expected[i] + 1e-4f * largest);
        }
    }

    [TestSupport.SharedTheory]
    [MemberData(nameof(Families.All), MemberType = typeof(Families))]
    public void Leaving_out_one_axis_of_a_dimension_shows_in_the_logits(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        var expected = Logits(model);
        var neurons = model.Graph.TiedDimensions.First(dimension => dimension.Kind == DimensionKind.Neuron);
        foreach (var left in neurons.Axes.Where(axis => axis.AlongRows || axis.Parameter.Role == ParameterRole.Down))
        {
            var incomplete = neurons with { Axes = [.. neurons.Axes.Where(axis => axis != left)] };
            var actual = LogitsWith(model, [incomplete]);
            Assert.Contains(Enumerable.Range(0, expected.Length), i => Math.Abs(actual[i] - expected[i]) > 1e-3f);
        }
    }

    private static float[] LogitsWith(Model model, IReadOnlyList<TiedDimension> dimensions)
    {
        var values = model.Graph.Parameters.ToDictionary(parameter => parameter.Id, parameter => model.GetWeight(parameter.Id).ToArray());
        foreach (var dimension in dimensions) Permute(model.Graph, values, dimension);
        var folder = Directory.CreateTempSubdirectory("pare-tied-");
        try
        {
            using var pool = new ComputePool(1);
            var outgoing = new OutgoingModel(model.Config, id => new ArrayWeight(model.Graph.Get(id), values[id]), _ => ElementType.F32);
            ModelFolderWriter.Write(folder.FullName, outgoing, model, null, pool, null, default);
            using var permuted = Model.Open(folder.FullName);
            return Logits(permuted);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Unit u of the result is unit order[u] of what was there, along every axis.
    private static void Permute(ModelGraph graph, Dictionary<ParameterId, float[]> values, TiedDimension dimension)
    {
        var order = Enumerable.Range(0, dimension.Units).ToArray();
        new Random(dimension.Layer + 31).Shuffle(order);
        foreach (var axis in dimension.Axes)
        {
            var parameter = graph.Get(axis.Parameter);
            var old = values[axis.Parameter];
            var permuted = new float[old.Length];
            for (var i = 0; i < old.Length; i++)
            {
                var (row, column) = (i / parameter.Columns, i % parameter.Columns);
                if (axis.AlongRows) row = Source(row);
                else column = Source(column);
                permuted[i] = old[row * parameter.Columns + column];
            }

            values[axis.Parameter] = permuted;

            int Source(int index) => order[index / axis.Width] * axis.Width + index % axis.Width;
        }
    }

    private static float[] Logits(Model model)
    {
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 1 });
        using var cache = engine.CreateCache(Tokens.Length);
        var hidden = new float[Tokens.Length * engine.Config.HiddenSize];
        engine.Forward(Tokens.Select(token => token % engine.Config.VocabularySize).ToArray(), cache, hidden);
        var logits = new float[Tokens.Length * engine.Config.VocabularySize];
        engine.Logits(hidden, Tokens.Length, logits);
        return logits;
    }

    private sealed class ArrayWeight(Parameter parameter, float[] values) : WeightSource(parameter)
    {
        public override ElementType Type => ElementType.F32;

        public override bool HasStoredRows => false;

        public override ReadOnlySpan<byte> StoredRow(int row) => throw new InvalidOperationException();

        public override void Read(int row, Span<float> destination) => values.AsSpan(row * Parameter.Columns, Parameter.Columns).CopyTo(destination);
    }
}
