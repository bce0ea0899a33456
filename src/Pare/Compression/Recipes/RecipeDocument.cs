using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pare.Compression;

/// <summary>Parses YAML, of which JSON is a part, into a tree of mappings, lists and texts.</summary>
internal static class RecipeDocument
{
    public static RecipeMap Parse(string text)
    {
        try
        {
            var stream = new YamlStream();
            using var reader = new StringReader(text);
            stream.Load(reader);
            if (stream.Documents.Count == 0) throw new RecipeException("", "the document is empty; expected seed and passes");
            if (stream.Documents.Count > 1) throw new RecipeException("", $"expected one document, found {stream.Documents.Count}");
            return stream.Documents[0].RootNode is YamlMappingNode map ? new RecipeMap("", map) : throw new RecipeException("", "expected a mapping with seed and passes");
        }
        catch (YamlException e)
        {
            throw new RecipeException("", $"line {e.Start.Line}, column {e.Start.Column}: this is neither YAML nor JSON: {e.InnerException?.Message ?? e.Message}", e);
        }
    }
}
