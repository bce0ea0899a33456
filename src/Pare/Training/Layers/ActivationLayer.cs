using System.Runtime.Intrinsics;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>The non-linear part of a feed-forward network, and its derivatives: a = f(gate)·up, or a = f(up) where there is no gate.</summary>
internal static unsafe class ActivationLayer
{
    private const int ElementsPerPart = 1 << 14;

    /// <summary>a = f(gate)·up, or f(up).</summary>
    /// <param name="work">Threads.</param>
    /// <param name="kind">f.</param>
    /// <param name="gate">[count], or null.</param>
    /// <param name="up">[count].</param>
    /// <param name="count">Tokens · neurons.</param>
    /// <param name="activated">[count].</param>
    public static void Forward(LayerWork work, ActivationKind kind, float* gate, float* up, long count, float* activated) =>
        Run(work, kind, new Operands { Gate = gate, Up = up, Activated = activated, Count = count });

    /// <summary>Gradients of gate and up from that of a.</summary>
    /// <param name="work">Threads.</param>
    /// <param name="kind">f.</param>
    /// <param name="gate">[count], or null.</param>
    /// <param name="up">[count].</param>
    /// <param name="da">[count]: gradient of a.</param>
    /// <param name="count">Tokens · neurons.</param>
    /// <param name="dgate">[count], or null where there is no gate.</param>
    /// <param name="dup">[count]; may be <paramref name="da"/>.</param>
    public static void Backward(LayerWork work, ActivationKind kind, float* gate, float* up, float* da, long count, float* dgate, float* dup) =>
        Run(work, kind, new Operands { Gate = gate, Up = up, Gradient = da, GateGradient = dgate, UpGradient = dup, Count = count });

    private static void Run(LayerWork work, ActivationKind kind, Operands operands)
    {
        var parts = (int)((operands.Count + ElementsPerPart - 1) / ElementsPerPart);
        switch (kind)
        {
            case ActivationKind.Silu: work.Pool.For(parts, new Body<SiluDerivative>(operands)); break;
            case ActivationKind.Gelu: work.Pool.For(parts, new Body<GeluDerivative>(operands)); break;
            case ActivationKind.GeluTanh: work.Pool.For(parts, new Body<GeluTanhDerivative>(operands)); break;
            default: work.Pool.For(parts, new Body<ReluDerivative>(operands)); break;
        }
    }

    private struct Operands
    {
        public float* Gate;
        public float* Up;
        public float* Activated;
        public float* Gradient;
        public float* GateGradient;
        public float* UpGradient;
        public long Count;
    }

    private readonly struct Body<TFunction>(Operands operands) : IParallelBody
        where TFunction : struct, IVectorDerivative
    {
        public void Execute(int part, int worker)
        {
            var start = (long)part * ElementsPerPart;
            var count = (int)Math.Min(ElementsPerPart, operands.Count - start);
            if (operands.Gradient == null) Forward(operands.Gate == null ? null : operands.Gate + start, operands.Up + start, operands.Activated + start, count);
            else if (operands.Gate == null) Backward(operands.Up + start, operands.Gradient + start, operands.UpGradient + start, count);
            else Backward(operands.Gate + start, operands.Up + start, operands.Gradient + start, operands.GateGradient + start, operands.UpGradient + start, count);
        }

        private static void Forward(float* gate, float* up, float* activated, int count)
        {
            var i = 0;
            var source = gate == null ? up : gate;
            for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
            {
                var value = TFunction.Invoke(Vector256.Load(source + i), out _);
                if (gate != null) value *= Vector256.Load(up + i);
                value.Store(activated + i);
            }

            for (; i < count; i++)
            {
                var value = TFunction.Invoke(Vector256.Create(source[i]), out _)[0];
                activated[i] = gate == null ? value : value * up[i];
            }
        }

        private static void Backward(float* up, float* da, float* dup, int count)
        {
            var i = 0;
            for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
            {
                TFunction.Invoke(Vector256.Load(up + i), out var slope);
                (Vector256.Load(da + i) * slope).Store(dup + i);
            }

            for (; i < count; i++)
            {
                TFunction.Invoke(Vector256.Create(up[i]), out var slope);
                dup[i] = da[i] * slope[0];
            }
        }

        private static void Backward(float* gate, float* up, float* da, float* dgate, float* dup, int count)
        {
            var i = 0;
            for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
            {
                var value = TFunction.Invoke(Vector256.Load(gate + i), out var slope);
                var gradient = Vector256.Load(da + i);
                (gradient * Vector256.Load(up + i) * slope).Store(dgate + i);
                (gradient * value).Store(dup + i);
            }

            for (; i < count; i++)
            {
                var value = TFunction.Invoke(Vector256.Create(gate[i]), out var slope);
                var gradient = da[i];
                dgate[i] = gradient * up[i] * slope[0];
                dup[i] = gradient * value[0];
            }
        }
    }
}
