using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;

namespace Pare.Benchmarks.Models;

/// <summary>Weights of a Llama shape whose gates follow clusters: gate rows of cluster c are B_c·A and a little noise, A [<see cref="Rank"/>, hidden] for all blocks alike but of other numbers.</summary>
/// <remarks>
/// For an input of variance 1, A·x has variance 1 and a gate <see cref="GateDeviation"/>². All other weights are random; what attention and network add to the stream is about <see cref="AddedShare"/> of the embedding's size,
/// so that the stream changes slowly from block to block, as that of trained models does.
/// </remarks>
internal sealed class PlantedWeights(ModelShape shape, double active)
{
    /// <summary>Neurons of a cluster.</summary>
    public const int Cluster = 32;

    /// <summary>Rank of the map from the input to the clusters.</summary>
    public const int Rank = 64;

    /// <summary>Deviation of the gates' values.</summary>
    public const double GateDeviation = 3;

    /// <summary>Deviation of the part of a gate's value that its cluster does not share.</summary>
    public const double NoiseDeviation = 0.1;

    private const double AddedShare = 0.15;
    private readonly Dictionary<int, (float[] First, float[] Second)> _maps = [];

    /// <summary>A, [rank, hidden], and B, [clusters, rank], of a block.</summary>
    public (float[] First, float[] Second) Maps(int layer)
    {
        if (_maps.TryGetValue(layer, out var maps)) return maps;
        var random = new SeededRandom(1000UL + (ulong)layer);
        var first = new float[Rank * shape.HiddenSize];
        foreach (ref var value in first.AsSpan()) value = (float)(random.NextGaussian() / Math.Sqrt(shape.HiddenSize));
        var second = new float[shape.FfnSize / Cluster * Rank];
        for (var cluster = 0; cluster < shape.FfnSize / Cluster; cluster++)
        {
            var row = second.AsSpan(cluster * Rank, Rank);
            foreach (ref var value in row) value = (float)random.NextGaussian();
            var length = System.Numerics.Tensors.TensorPrimitives.Norm<float>(row);
            foreach (ref var value in row) value *= (float)GateDeviation / length;
        }

        return _maps[layer] = (first, second);
    }

    /// <summary>The values of a parameter.</summary>
    public WeightSource Source(Parameter parameter) => new Made(this, parameter);

    // Deviation of a parameter's weights.
    private double Deviation(Parameter parameter) => parameter.Id.Role switch
    {
        ParameterRole.TokenEmbedding => 1,
        ParameterRole.Output => AddedShare / Math.Sqrt(parameter.Columns),
        // About 1.5 times the threshold is what an active gate is on average.
        ParameterRole.Down => AddedShare / (1.5 * GateDeviation * Math.Sqrt(active * parameter.Columns)),
        _ => 1 / Math.Sqrt(parameter.Columns),
    };

    private sealed class Made(PlantedWeights weights, Parameter parameter) : WeightSource(parameter)
    {
        public override ElementType Type => ElementType.F32;

        public override bool HasStoredRows => false;

        public override ReadOnlySpan<byte> StoredRow(int row) => throw new NotSupportedException("made weights lie nowhere");

        public override void Read(int row, Span<float> destination)
        {
            if (Parameter.IsVector)
            {
                destination.Fill(1);
                return;
            }

            var random = new SeededRandom(((ulong)Parameter.Id.Role << 48) + ((ulong)(Parameter.Id.Layer + 1) << 32) + (ulong)row);
            var isGate = Parameter.Id.Role == ParameterRole.Gate;
            var deviation = isGate ? NoiseDeviation / Math.Sqrt(Parameter.Columns) : weights.Deviation(Parameter);
            foreach (ref var value in destination) value = (float)(deviation * random.NextGaussian());
            if (!isGate) return;
            (float[] First, float[] Second) maps;
            lock (weights) maps = weights.Maps(Parameter.Id.Layer);
            for (var r = 0; r < Rank; r++)
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(maps.First.AsSpan(r * destination.Length, destination.Length), maps.Second[row / Cluster * Rank + r], destination, destination);
        }
    }
}
