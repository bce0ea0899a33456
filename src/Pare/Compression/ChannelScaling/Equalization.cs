using Pare.Models;

namespace Pare.Compression;

/// <summary>Factors that give a channel the same range in the weights that make it and in those that read it (cross-layer equalization, Nagel et al. 2019, arXiv 1906.04721).</summary>
internal static class Equalization
{
    /// <summary>The places where both sides are linear maps.</summary>
    public static bool Has(ScalingKind kind) => kind is ScalingKind.Neuron or ScalingKind.Value;

    /// <summary>f_i = √(max |row i of the first| / max |column i of the second|), which leaves √(product) on both sides; 1 where a side is zero.</summary>
    /// <param name="block">The block.</param>
    /// <param name="kind">The place.</param>
    /// <returns>[channels] factors.</returns>
    public static float[] Factors(BlockEdit block, ScalingKind kind)
    {
        var (first, second) = kind == ScalingKind.Neuron ? (ParameterRole.Up, ParameterRole.Down) : (ParameterRole.Value, ParameterRole.Output);
        var (rows, columns) = (block.Values(new ParameterId(first, block.Block)), block.Values(new ParameterId(second, block.Block)));
        var channels = ScalingPlaces.Length(block.Graph, block.Block, kind);
        var inputs = rows.Length / channels;
        var readers = block.Graph.Get(new ParameterId(second, block.Block)).Columns;
        var made = new float[channels];
        for (var i = 0; i < channels; i++) made[i] = Largest(rows.AsSpan(i * inputs, inputs));
        var read = new float[channels];
        var layer = block.Graph.Config.Layers[block.Block];
        for (var at = 0; at < columns.Length; at++)
        {
            var channel = ScalingPlaces.ChannelOf(layer, kind, at % readers);
            read[channel] = MathF.Max(read[channel], MathF.Abs(columns[at]));
        }

        var factors = new float[channels];
        for (var i = 0; i < channels; i++) factors[i] = made[i] > 0 && read[i] > 0 ? MathF.Sqrt(made[i] / read[i]) : 1;
        return factors;
    }

    private static float Largest(ReadOnlySpan<float> values) => MathF.Abs(System.Numerics.Tensors.TensorPrimitives.MaxMagnitude(values));
}
