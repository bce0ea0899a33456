using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Models;

/// <summary>The files behind a model: their tensors by name, the configuration as Hugging Face writes it, and the tokenizer.</summary>
internal abstract class ModelFile(string path) : IDisposable
{
    public string Path => path;

    public abstract bool IsGguf { get; }

    /// <summary>The file that messages about the configuration name.</summary>
    public abstract string ConfigPath { get; }

    public abstract JsonObject ConfigJson { get; }

    public abstract IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>What pare.json holds, or null.</summary>
    public virtual JsonObject? Provenance => null;

    /// <summary>The family's names in this kind of file.</summary>
    public abstract IReadOnlyDictionary<ParameterRole, ModuleName> Names(Architecture architecture);

    /// <summary>Whether a tensor that the family stores as [inputs, outputs] lies here as [outputs, inputs].</summary>
    public virtual bool HasRowLayout(string tensor) => false;

    /// <summary>Where rows and columns of a stored matrix belong, or null for a matrix that is stored whole.</summary>
    public virtual CompactMap? Compact(string tensor) => null;

    public abstract Tokenizer LoadTokenizer();

    public abstract void Dispose();

    public static ModelFile Open(string path)
    {
        if (Directory.Exists(path)) return new FolderModelFile(path);
        if (!File.Exists(path))
            throw new ModelFormatException(path, "", "there is no such file or folder; give a folder with config.json and safetensors, or a .gguf file");
        if (path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) return new GgufModelFile(path);
        throw new ModelFormatException(path, "", "not a model: expected a folder with config.json and safetensors, or a .gguf file");
    }
}
