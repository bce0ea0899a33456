using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Models;

/// <summary>A Hugging Face folder; with pare.json it may hold tensors in block formats.</summary>
internal sealed class FolderModelFile : ModelFile
{
    /// <summary>Name of the file that says what made a model and how its tensors are written.</summary>
    public const string ProvenanceName = "pare.json";

    private readonly SafetensorsFolder _folder;
    private readonly HashSet<string> _rowLayout = [];
    private readonly IReadOnlyDictionary<string, CompactMap> _compact = new Dictionary<string, CompactMap>();

    public FolderModelFile(string path)
        : base(path)
    {
        ConfigPath = System.IO.Path.Combine(path, "config.json");
        if (!File.Exists(ConfigPath)) throw new ModelFormatException(path, "config.json", "is missing; a model folder holds config.json and model.safetensors");
        ConfigJson = ReadObject(ConfigPath);
        var provenance = System.IO.Path.Combine(path, ProvenanceName);
        if (File.Exists(provenance)) Provenance = ReadObject(provenance);
        _folder = SafetensorsFolder.Open(path);
        try
        {
            var packed = Provenance is null ? _folder.Tensors : PackedTensors.Unwrap(provenance, Provenance, _folder.Tensors, _rowLayout);
            Tensors = packed;
            if (Provenance is null) return;
            _compact = CompactTensors.Read(provenance, Provenance, packed);
            _rowLayout.UnionWith(_compact.Keys);
        }
        catch
        {
            _folder.Dispose();
            throw;
        }
    }

    public override bool IsGguf => false;

    public override string ConfigPath { get; }

    public override JsonObject ConfigJson { get; }

    public override JsonObject? Provenance { get; }

    public override IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    public override IReadOnlyDictionary<ParameterRole, ModuleName> Names(Architecture architecture) => architecture.HuggingFaceNames;

    public override bool HasRowLayout(string tensor) => _rowLayout.Contains(tensor);

    public override CompactMap? Compact(string tensor) => _compact.GetValueOrDefault(tensor);

    public override Tokenizer LoadTokenizer() => TokenizerLoader.Load(Path);

    public override void Dispose() => _folder.Dispose();

    public static JsonObject ReadObject(string file)
    {
        using var document = BoundedJson.Open(file);
        return document.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object
            ? JsonObject.Create(document.RootElement.Clone())!
            : throw new ModelFormatException(file, "", "expected a JSON object");
    }
}
