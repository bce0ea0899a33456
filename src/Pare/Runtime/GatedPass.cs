using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>The first half of a feed-forward network in one piece of parallel work: gate and up, their activation, and its quantization for the map down.</summary>
internal static unsafe class GatedPass
{
    // Neurons of a part start at a multiple of a block of 32 and of every group of rows.
    private const int Step = 32;

    /// <summary>up ← act(W_gate x) · (W_up x), or act(W_up x); <paramref name="neurons"/> receives it quantized.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="kind">The non-linearity.</param>
    /// <param name="input">x, quantized.</param>
    /// <param name="gate">The gate, packed; or null.</param>
    /// <param name="up">The other map, packed.</param>
    /// <param name="gateValues">[n, neurons], or null.</param>
    /// <param name="upValues">[n, neurons].</param>
    /// <param name="neurons">Room for [n, neurons].</param>
    public static void Run(ComputePool pool, ActivationKind kind, in LinearInput input, Linear? gate, Linear up, float* gateValues, float* upValues, Int8Rows neurons)
    {
        neurons.Reshape(input.Tokens, up.Rows);
        var bytes = up.WeightBytes + (gate?.WeightBytes ?? 0);
        var rows = LinearPass.PartRows(LinearPass.PartBytes(pool, bytes), bytes, up.Rows, Step);
        var parts = (up.Rows + rows - 1) / rows;
        WorkerShares.For(pool, parts, new Body(kind, input, gate, up, gate is null ? null : gateValues, upValues, neurons, rows));
    }

    private readonly struct Body(ActivationKind kind, LinearInput input, Linear? gate, Linear up, float* gateValues, float* upValues, Int8Rows neurons, int rowsPerPart) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var first = part * rowsPerPart;
            var last = Math.Min(up.Rows, first + rowsPerPart);
            gate?.MultiplyRows(first, last, input, gateValues);
            up.MultiplyRows(first, last, input, upValues);
            for (var t = 0; t < input.Tokens; t++)
            {
                var place = (long)t * up.Rows + first;
                FfnActivation.Row(kind, gateValues is null ? null : gateValues + place, upValues + place, last - first);
                neurons.Write(upValues + place, t, first, last - first);
            }
        }
    }
}
