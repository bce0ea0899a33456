using System.Numerics.Tensors;
namespace Pare.Numerics;
#pragma warning disable CS1591
internal static partial class VectorMath
{
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => TensorPrimitives.Dot(a, b);
    public static void Axpy(float a, ReadOnlySpan<float> x, Span<float> y) => TensorPrimitives.MultiplyAdd(x, a, y, y);
    public static void Softcap(Span<float> x, float c) { foreach (ref var v in x) v = c * MathF.Tanh(v / c); }
    public static void Softmax(Span<float> x) { var m = TensorPrimitives.Max(x); double s = 0; foreach (ref var v in x) { v = MathF.Exp(v - m); s += v; } var f = (float)(1 / s); foreach (ref var v in x) v *= f; }
    public static void Silu(ReadOnlySpan<float> x, Span<float> y) { for (var i = 0; i < x.Length; i++) y[i] = x[i] / (1 + MathF.Exp(-x[i])); }
    public static void Relu(ReadOnlySpan<float> x, Span<float> y) { for (var i = 0; i < x.Length; i++) y[i] = MathF.Max(x[i], 0); }
    public static void GeluTanh(ReadOnlySpan<float> x, Span<float> y) { for (var i = 0; i < x.Length; i++) { double v = x[i]; y[i] = (float)(v / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)))); } }
    public static void Gelu(ReadOnlySpan<float> x, Span<float> y) { for (var i = 0; i < x.Length; i++) { double v = x[i]; y[i] = (float)(v / 2 * Erfc(-v / Math.Sqrt(2))); } }
    private static double Erfc(double x) { double z = Math.Abs(x), t = 1 / (1 + 0.5 * z); var r = t * Math.Exp(-z * z - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))))); return x >= 0 ? r : 2 - r; }
    public static void RmsNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> w, float e, Span<float> y) { double s = 0; foreach (var v in x) s += (double)v * v; var f = (float)(1 / Math.Sqrt(s / x.Length + e)); for (var i = 0; i < x.Length; i++) y[i] = x[i] * f * w[i]; }
    public static void LayerNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> b, float e, Span<float> y) { double m = 0; foreach (var v in x) m += v; m /= x.Length; double s = 0; foreach (var v in x) s += (v - m) * (v - m); var f = 1 / Math.Sqrt(s / x.Length + e); for (var i = 0; i < x.Length; i++) y[i] = (float)((x[i] - m) * f) * w[i] + (b.IsEmpty ? 0 : b[i]); }
}
