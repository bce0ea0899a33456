namespace Pare.Training;

/// <summary>Numbers that an optimizer moves: a parameter of the model or half of a low-rank correction, with its gradient.</summary>
public sealed unsafe class TrainableTensor
{
    internal TrainableTensor(string name, int rows, int columns, bool isVector, float* values, float* gradient)
    {
        (Name, Rows, Columns, IsVector) = (name, rows, columns, isVector);
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

    /// <summary>Number of elements.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>The values, [rows, columns].</summary>
    public float* Values { get; }

    /// <summary>The gradient that was added up, [rows, columns].</summary>
    public float* Gradient { get; }
}
