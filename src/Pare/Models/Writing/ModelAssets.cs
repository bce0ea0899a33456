using Pare.Models.Vocabularies;

namespace Pare.Models.Writing;

/// <summary>The small files of a model folder beside configuration and weights.</summary>
internal static class ModelAssets
{
    private static readonly string[] s_names =
    [
        "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json", "generation_config.json",
    ];

    /// <summary>Copies them from a folder, or makes the tokenizer's from a GGUF file.</summary>
    public static void Copy(Model from, string folder)
    {
        if (from.File is GgufModelFile gguf)
        {
            TokenizerFiles.Write(folder, gguf.Metadata);
            return;
        }

        Copy(from.Path, folder);
    }

    /// <summary>Copies them from a folder.</summary>
    public static void Copy(string from, string folder)
    {
        foreach (var file in Directory.EnumerateFiles(from).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file);
            var licence = name.StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase) || name.StartsWith("NOTICE", StringComparison.OrdinalIgnoreCase);
            if (licence || s_names.Contains(name)) File.Copy(file, Path.Combine(folder, name));
        }
    }
}
