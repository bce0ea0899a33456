namespace Pare.Tests.Training.Definition;

/// <summary>A matrix on a <see cref="Tape"/>: values, and after the backward pass the derivatives of the loss with respect to them.</summary>
internal sealed class Var
{
    public Var(int rows, int columns, double[] value)
    {
        if (value.Length != rows * columns) throw new ArgumentException($"{value.Length} values do not make {rows} × {columns}", nameof(value));
        (Rows, Columns, Value, Gradient) = (rows, columns, value, new double[value.Length]);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>[rows, columns].</summary>
    public double[] Value { get; }

    /// <summary>[rows, columns].</summary>
    public double[] Gradient { get; }
}
