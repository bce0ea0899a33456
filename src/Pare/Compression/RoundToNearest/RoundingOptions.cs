using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>What the methods that round weights have in common: a format that is stored, or a grid of <see cref="Bits"/> bits in groups whose quality is studied.</summary>
public abstract record RoundingOptions : PassOptions
{
    private protected RoundingOptions()
    {
    }

    /// <summary>Format of the linear sites; or null with <see cref="Bits"/>.</summary>
    public ElementType? Format { get; init; }

    /// <summary>Bits of a value, 2 to 8, each group from its minimum to its maximum; or null with <see cref="Format"/>.</summary>
    public int? Bits { get; init; }

    /// <summary>Inputs of a row that share scale and minimum with <see cref="Bits"/>; 0 takes the whole row.</summary>
    public int Group { get; init; } = 64;

    /// <summary>Type of the stored values with <see cref="Bits"/>: F32, F16 or BF16. The file is not smaller: a study of the grid, not a product.</summary>
    public ElementType StoredAs { get; init; } = ElementType.BF16;

    private protected static TOptions Read<TOptions>(RecipeMap step, TOptions options)
        where TOptions : RoundingOptions
    {
        options = options with
        {
            Format = step.Format("format"),
            Bits = step.Text("bits") is null ? null : step.Integer("bits", 0),
            Group = step.Integer("group", 64),
            StoredAs = step.Format("storedAs") ?? ElementType.BF16,
        };
        options.Check(step.Problem);
        if (options.Format is not null && step.Text("group") is not null) throw step.Problem("group", "a format has groups of its own; leave group out, or give bits instead of format");
        if (options.Format is not null && !options.StoresGridWithFormat && step.Text("storedAs") is not null) throw step.Problem("storedAs", "a format is stored as itself; leave storedAs out, or give bits instead of format");
        return options;
    }

    /// <summary>Whether <see cref="StoredAs"/> counts beside a <see cref="Format"/>.</summary>
    internal virtual bool StoresGridWithFormat => false;

    /// <summary>Whether the options go together.</summary>
    /// <param name="problem">Makes the exception for a key.</param>
    /// <exception cref="RecipeException">They do not, or one is out of range.</exception>
    internal virtual void Check(Func<string, string, RecipeException> problem)
    {
        if (Format is null == Bits is null) throw problem("format", "give either format (that is stored) or bits (a grid whose quality is studied)");
        if (Bits is < 2 or > 8) throw problem("bits", $"expected 2 to 8 bits, found {Bits}");
        if (Group < 0) throw problem("group", $"expected a number of inputs, or 0 for a whole row, found {Group}");
        if (StoredAs is not (ElementType.F32 or ElementType.F16 or ElementType.BF16)) throw problem("storedAs", "values of a grid are stored as f32, f16 or bf16");
    }

    /// <summary>Adds the format, or the grid.</summary>
    private protected void Write(JsonObject json)
    {
        if (Format is { } format) json["format"] = format.Label();
        else (json["bits"], json["group"], json["storedAs"]) = (Bits, Group, StoredAs.Label());
    }
}
