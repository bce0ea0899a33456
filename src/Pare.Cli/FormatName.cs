using Pare.Formats;

namespace Pare.Cli;

/// <summary>Formats as they are named on the command line.</summary>
internal static class FormatName
{
    /// <summary>The names of all formats that can be written.</summary>
    public static string Writable => string.Join(", ", Enum.GetValues<ElementType>().Where(WeightCodec.CanWrite).Select(type => type.Name()));

    /// <summary>Reads the value of an option.</summary>
    /// <exception cref="UsageException">No format of that name can be written.</exception>
    public static ElementType Parse(string option, string name) =>
        ElementTypes.TryParse(name, out var type) && WeightCodec.CanWrite(type) ? type : throw new UsageException($"{option} {name}: no such format; expected one of {Writable}");
}
