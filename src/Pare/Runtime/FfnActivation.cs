using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>The non-linear part of a feed-forward network over a chunk of tokens.</summary>
internal static unsafe class FfnActivation
{
    /// <summary>up ← act(gate) · up, or act(up) where there is no gate.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="kind">The non-linearity.</param>
    /// <param name="gate">[n, neurons], or null.</param>
    /// <param name="up">[n, neurons].</param>
    /// <param name="n">Tokens.</param>
    /// <param name="neurons">Neurons.</param>
    public static void Run(ComputePool pool, ActivationKind kind, float* gate, float* up, int n, int neurons)
    {
        if (n == 1) Row(kind, gate, up, neurons);
        else pool.For(n, new Rows(kind, gate, up, neurons));
    }

    /// <summary>The same for some neurons of one token.</summary>
    public static void Row(ActivationKind kind, float* gate, float* up, int neurons)
    {
        var y = new Span<float>(up, neurons);
        if (gate is null)
        {
            switch (kind)
            {
                case ActivationKind.Silu: VectorMath.Silu(y, y); break;
                case ActivationKind.Gelu: VectorMath.Gelu(y, y); break;
                case ActivationKind.GeluTanh: VectorMath.GeluTanh(y, y); break;
                default: VectorMath.Relu(y, y); break;
            }

            return;
        }

        var x = new Span<float>(gate, neurons);
        switch (kind)
        {
            case ActivationKind.Silu: VectorMath.SiluMultiply(x, y, y); break;
            case ActivationKind.Gelu: VectorMath.GeluMultiply(x, y, y); break;
            case ActivationKind.GeluTanh: VectorMath.GeluTanhMultiply(x, y, y); break;
            default:
                VectorMath.Relu(x, x);
                System.Numerics.Tensors.TensorPrimitives.Multiply(x, y, y);
                break;
        }
    }

    private readonly struct Rows(ActivationKind kind, float* gate, float* up, int neurons) : IParallelBody
    {
        public void Execute(int part, int worker) =>
            Row(kind, gate is null ? null : gate + (long)part * neurons, up + (long)part * neurons, neurons);
    }
}
