using Pare.Formats;

namespace Pare.Models;

/// <summary>A model's folder as far as it is there before there are weights: configuration and tokenizer.</summary>
public static class ModelFolder
{
    private static readonly string[] s_weightEndings = [".safetensors", ".bin", ".pt", ".pth", ".gguf", ".h5", ".msgpack", ".index.json"];

    /// <summary>Whether a path is a folder with a configuration and no weights, from which a model can be trained from scratch.</summary>
    /// <param name="path">A path.</param>
    /// <returns>True where config.json is there and no file of weights is, whoever wrote it.</returns>
    public static bool IsConfigurationOnly(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Directory.Exists(path) && File.Exists(Path.Combine(path, "config.json")) && !Directory.EnumerateFiles(path).Any(file => s_weightEndings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>Reads the configuration of a folder, with or without weights.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The configuration; the head is tied to the embeddings unless it says otherwise.</returns>
    /// <exception cref="ModelFormatException">The configuration is missing, damaged, or of an unknown architecture.</exception>
    public static ModelConfig ReadConfig(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var file = Path.Combine(path, "config.json");
        if (!File.Exists(file)) throw new ModelFormatException(path, "config.json", "is missing; a configuration to train from holds config.json and a tokenizer");
        var reader = new ConfigReader(file, FolderModelFile.ReadObject(file));
        return ArchitectureRegistry.Of(reader).Read(reader);
    }
}
