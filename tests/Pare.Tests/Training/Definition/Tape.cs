using System.Numerics.Tensors;

namespace Pare.Tests.Training.Definition;

/// <summary>Reverse-mode differentiation in double precision: every operation computes its value at once and notes how derivatives flow back through it.</summary>
/// <remarks>Plain and slow; it defines what the library's single-precision gradients have to be.</remarks>
internal sealed partial class Tape
{
    private readonly List<Action> _backward = [];

    /// <summary>Fills the gradients of everything that <paramref name="loss"/>, a single number, was computed from.</summary>
    public void Backward(Var loss)
    {
        Assert.Single(loss.Value);
        loss.Gradient[0] = 1;
        for (var i = _backward.Count - 1; i >= 0; i--) _backward[i]();
    }

    /// <summary>y[n, m] = x[n, k] · weightᵀ (+ bias), with weight [m, k] and bias [1, m].</summary>
    public Var Linear(Var x, Var weight, Var? bias = null)
    {
        var (n, k, m) = (x.Rows, x.Columns, weight.Rows);
        Assert.Equal(k, weight.Columns);
        var y = new double[n * m];
        for (var t = 0; t < n; t++)
        {
            for (var o = 0; o < m; o++)
                y[t * m + o] = TensorPrimitives.Dot<double>(x.Value.AsSpan(t * k, k), weight.Value.AsSpan(o * k, k)) + (bias?.Value[o] ?? 0);
        }

        return Record(n, m, y, result =>
        {
            for (var t = 0; t < n; t++)
            {
                var xt = x.Value.AsSpan(t * k, k);
                var dxt = x.Gradient.AsSpan(t * k, k);
                for (var o = 0; o < m; o++)
                {
                    var g = result.Gradient[t * m + o];
                    var dw = weight.Gradient.AsSpan(o * k, k);
                    TensorPrimitives.MultiplyAdd(weight.Value.AsSpan(o * k, k), g, dxt, dxt);
                    TensorPrimitives.MultiplyAdd(xt, g, dw, dw);
                    if (bias is not null) bias.Gradient[o] += g;
                }
            }
        });
    }

    /// <summary>Row ids[t] of the table becomes row t.</summary>
    public Var Lookup(Var table, int[] ids)
    {
        var width = table.Columns;
        var y = new double[ids.Length * width];
        for (var t = 0; t < ids.Length; t++) table.Value.AsSpan(ids[t] * width, width).CopyTo(y.AsSpan(t * width));
        return Record(ids.Length, width, y, result =>
        {
            for (var t = 0; t < ids.Length; t++)
                for (var i = 0; i < width; i++) table.Gradient[ids[t] * width + i] += result.Gradient[t * width + i];
        });
    }

    /// <summary>a + factor · b.</summary>
    public Var Add(Var a, Var b, double factor = 1)
    {
        Assert.Equal((a.Rows, a.Columns), (b.Rows, b.Columns));
        return Record(a.Rows, a.Columns, [.. a.Value.Zip(b.Value, (u, v) => u + factor * v)], result =>
        {
            for (var i = 0; i < result.Gradient.Length; i++)
            {
                a.Gradient[i] += result.Gradient[i];
                b.Gradient[i] += factor * result.Gradient[i];
            }
        });
    }

    /// <summary>a · b, element by element.</summary>
    public Var Multiply(Var a, Var b)
    {
        Assert.Equal((a.Rows, a.Columns), (b.Rows, b.Columns));
        return Record(a.Rows, a.Columns, [.. a.Value.Zip(b.Value, (u, v) => u * v)], result =>
        {
            for (var i = 0; i < result.Gradient.Length; i++)
            {
                a.Gradient[i] += result.Gradient[i] * b.Value[i];
                b.Gradient[i] += result.Gradient[i] * a.Value[i];
            }
        });
    }

    /// <summary>factor · x.</summary>
    public Var Scale(Var x, double factor) => Map(x, v => factor * v, _ => factor);

    /// <summary>f of every element, given its derivative.</summary>
    public Var Map(Var x, Func<double, double> f, Func<double, double> derivative) => Record(x.Rows, x.Columns, [.. x.Value.Select(f)], result =>
    {
        for (var i = 0; i < result.Gradient.Length; i++) x.Gradient[i] += result.Gradient[i] * derivative(x.Value[i]);
    });

    /// <summary>Sum of all elements, [1, 1].</summary>
    public Var Sum(Var x) => Record(1, 1, [x.Value.Sum()], result =>
    {
        for (var i = 0; i < x.Gradient.Length; i++) x.Gradient[i] += result.Gradient[0];
    });

    private Var Record(int rows, int columns, double[] value, Action<Var> backward)
    {
        var result = new Var(rows, columns, value);
        _backward.Add(() => backward(result));
        return result;
    }
}
