using Pare.Formats;

namespace Pare.Models.Writing;

/// <summary>Where the values of a parameter come from when a model is written: rows as float32, or as they are stored where nothing changes.</summary>
internal abstract class WeightSource(Parameter parameter)
{
    /// <summary>The parameter with the shape that is written.</summary>
    public Parameter Parameter => parameter;

    /// <summary>The matrix that takes room in the file: the parameter, unless only some of its rows and columns are stored.</summary>
    public virtual Parameter Stored => parameter;

    /// <summary>How the values are stored now.</summary>
    public abstract ElementType Type { get; }

    /// <summary>Whether <see cref="StoredRow"/> can be used.</summary>
    public abstract bool HasStoredRows { get; }

    /// <summary>Bytes of a row in <see cref="Type"/>.</summary>
    public abstract ReadOnlySpan<byte> StoredRow(int row);

    /// <summary>Decodes a row.</summary>
    public abstract void Read(int row, Span<float> destination);
}
