namespace Pare.Training;

/// <summary>Numbers that an optimizer moves: a parameter of the model or half of a low-rank correction, with its gradient.</summary>
public sealed unsafe class TrainableTensor
{
    internal TrainableTensor(string name, int rows, int columns, bool isVector, float* values, float* gradient, bool isSite = false)
    {
        (Name, Rows, Columns, IsVector, IsSite) = (name, rows, columns, isVector, isSite);
        Values = values;
        Gradient = gradient;
    }

    /// <summary>Name: the parameter's, or the site's with .lora_A or .lora_B behind it.</summary>
    public string Name { get; }

    /// <summary>Rows, 1 for a vector.</summary>
    public int Rows { get; }

    /// <summary>Columns, or the length of a vector.</summary>
    public int Columns { get; }

    /// <summary>Whether it is a norm weight or a bias.</summary>
    public bool IsVector { get; }

    /// <summary>Whether it is the whole weight of a linear site.</summary>
    public bool IsSite { get; }

    /// <summary>Number of elements.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>The values, [rows, columns].</summary>
    public float* Values { get; }

    /// <summary>The gradient that was added up, [rows, columns]; null for what an optimizer remembers.</summary>
    public float* Gradient { get; }

    /// <summary>Something of the same shape that belongs to it.</summary>
    internal TrainableTensor Memory(string suffix, float* values) => new(Name + suffix, Rows, Columns, IsVector, values, null);
}
