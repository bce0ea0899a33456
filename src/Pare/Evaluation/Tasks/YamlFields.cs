using Pare.Formats;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pare.Evaluation.Tasks;

/// <summary>A mapping of a YAML or JSON document, read field by field; fields that nobody asked for are refused.</summary>
internal sealed class YamlFields
{
    private const int LargestFile = 1 << 20;
    private readonly string _file;
    private readonly string _path;
    private readonly YamlMappingNode _node;
    private readonly HashSet<string> _asked = [];

    private YamlFields(string file, string path, YamlMappingNode node)
    {
        (_file, _path, _node) = (file, path, node);
    }

    /// <summary>Reads a file with one document.</summary>
    /// <exception cref="ModelFormatException">The file is missing, too large, or no such document.</exception>
    public static YamlFields Load(string file)
    {
        if (!File.Exists(file)) throw new ModelFormatException(file, "", "there is no such task file");
        if (new FileInfo(file).Length > LargestFile) throw new ModelFormatException(file, "", $"is larger than {LargestFile} bytes, which no task description is");
        var stream = new YamlStream();
        try
        {
            using var reader = new StreamReader(file);
            stream.Load(reader);
        }
        catch (YamlException exception)
        {
            throw new ModelFormatException(file, $"line {exception.Start.Line}", $"is no YAML or JSON: {exception.Message}", exception);
        }

        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
            throw new ModelFormatException(file, "", "must hold one document of named fields");
        return new YamlFields(file, "", root);
    }

    /// <summary>A message about a field.</summary>
    public ModelFormatException Problem(string field, string problem) => new(_file, Place(field), problem);

    /// <summary>Whether a field is there; it counts as asked for.</summary>
    public bool Has(string field) => Find(field) is not null;

    /// <summary>A text that must be there.</summary>
    public string Text(string field) => OptionalText(field) ?? throw Problem(field, "is missing");

    /// <summary>A text, or null where the field is absent.</summary>
    public string? OptionalText(string field) => Find(field) switch
    {
        null => null,
        YamlScalarNode scalar => scalar.Value ?? "",
        _ => throw Problem(field, "must be a text"),
    };

    /// <summary>One text or a list of them, and which it was.</summary>
    public (IReadOnlyList<string> Texts, bool IsList) TextOrTexts(string field) => Find(field) switch
    {
        YamlScalarNode scalar => ([scalar.Value ?? ""], false),
        YamlSequenceNode list => ([.. list.Children.Select(child => child is YamlScalarNode scalar ? scalar.Value ?? "" : throw Problem(field, "must be a list of texts"))], true),
        null => throw Problem(field, "is missing"),
        _ => throw Problem(field, "must be a text or a list of texts"),
    };

    /// <summary>A whole number from 0 that must be there.</summary>
    public int Number(string field) =>
        int.TryParse(Text(field), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number : throw Problem(field, $"must be a whole number from 0, is '{OptionalText(field)}'");

    /// <summary>A mapping inside this one, or null.</summary>
    public YamlFields? Inner(string field) => Find(field) switch
    {
        null => null,
        YamlMappingNode mapping => new YamlFields(_file, field, mapping),
        _ => throw Problem(field, "must hold named fields"),
    };

    /// <summary>Refuses what was not asked for; call it last.</summary>
    public void RefuseOthers()
    {
        foreach (var (key, _) in _node.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "(no text)";
            if (!_asked.Contains(name)) throw new ModelFormatException(_file, $"line {key.Start.Line}", $"unknown field '{name}'; known are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}");
        }
    }

    private YamlNode? Find(string field)
    {
        _asked.Add(field);
        foreach (var (key, value) in _node.Children)
        {
            if ((key as YamlScalarNode)?.Value == field) return value;
        }

        return null;
    }

    private string Place(string field)
    {
        var name = _path.Length == 0 ? field : $"{_path}.{field}";
        return Find(field) is { } node ? $"{name} (line {node.Start.Line})" : name;
    }
}
