using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models.Gguf;
using Pare.Tokenization;

namespace Pare.Models;

/// <summary>A GGUF file as a model: its metadata amounts to a Hugging Face configuration and a tokenizer.</summary>
internal sealed class GgufModelFile : ModelFile
{
    private readonly GgufFile _file;

    public GgufModelFile(string path)
        : base(path)
    {
        _file = GgufFile.Open(path);
        try
        {
            ConfigJson = GgufConfigReader.Read(_file);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public override bool IsGguf => true;

    public override string ConfigPath => Path;

    public override JsonObject ConfigJson { get; }

    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _file.Tensors;

    /// <summary>Keys and values of the file.</summary>
    public GgufMetadata Metadata => _file.Metadata;

    public override IReadOnlyDictionary<ParameterRole, ModuleName> Names(Architecture architecture) => architecture.GgufNames;

    public override Tokenizer LoadTokenizer() => TokenizerLoader.FromGguf(_file.Metadata);

    public override void Dispose() => _file.Dispose();
}
