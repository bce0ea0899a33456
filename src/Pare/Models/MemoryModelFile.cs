using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Models;

/// <summary>A model that lies in memory only, under Hugging Face's names: for measurements that need a shape and no training.</summary>
internal sealed class MemoryModelFile(string name, JsonObject config, IReadOnlyDictionary<string, StoredTensor> tensors, IDisposable? memory) : ModelFile(name)
{
    public override bool IsGguf => false;

    public override string ConfigPath => Path;

    public override JsonObject ConfigJson => config;

    public override IReadOnlyDictionary<string, StoredTensor> Tensors => tensors;

    public override IReadOnlyDictionary<ParameterRole, ModuleName> Names(Architecture architecture) => architecture.HuggingFaceNames;

    public override Tokenizer LoadTokenizer() => throw new ModelFormatException(Path, "", "a model of random weights has no tokenizer");

    public override void Dispose() => memory?.Dispose();
}
