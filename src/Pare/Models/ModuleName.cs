namespace Pare.Models;

/// <summary>How several parameters share the rows of one stored tensor.</summary>
internal enum Fusion
{
    /// <summary>The tensor is one parameter.</summary>
    None,
    /// <summary>All query rows, all key rows, all value rows (GPT-2, Phi-3).</summary>
    QueryKeyValue,
    /// <summary>Per head: its query, key and value rows (GPT-NeoX).</summary>
    QueryKeyValuePerHead,
    /// <summary>All gate rows, then all up rows (Phi-3).</summary>
    GateUp,
}

/// <summary>Where a format stores the parameters of a role.</summary>
/// <param name="Template">Name without ".weight" or ".bias"; {0} is the layer.</param>
/// <param name="Fusion">Whether other parameters share the tensor.</param>
internal sealed record ModuleName(string Template, Fusion Fusion = Fusion.None)
{
    /// <summary>Whether the matrix is stored as [inputs, outputs].</summary>
    public bool Transposed { get; init; }

    /// <summary>Whether a head's rotary pairs lie side by side (0, D/2, 1, D/2 + 1, …), as llama.cpp wants them for some families.</summary>
    public bool RotaryInterleaved { get; init; }

    /// <summary>What the stored values are larger by.</summary>
    public float Offset { get; init; }

    /// <summary>Whether the stored name has no ".weight" behind it.</summary>
    public bool Bare { get; init; }

    public static implicit operator ModuleName(string template) => new(template);

    public string NameOf(ParameterId id)
    {
        var module = Template.Replace("{0}", id.Layer.ToString(), StringComparison.Ordinal);
        return Bare ? module : module + (id.IsBias ? ".bias" : ".weight");
    }
}
