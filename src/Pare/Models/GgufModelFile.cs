namespace Pare.Models;
#pragma warning disable CS1591
internal sealed class GgufModelFile(string path) : ModelFile(path)
{
    public override bool IsGguf => true; public override string ConfigPath => Path; public override System.Text.Json.Nodes.JsonObject ConfigJson => throw new InvalidOperationException();
    public override IReadOnlyDictionary<string, Pare.Formats.StoredTensor> Tensors => throw new InvalidOperationException();
    public override IReadOnlyDictionary<ParameterRole, ModuleName> Names(Architecture a) => a.GgufNames;
    public override Pare.Tokenization.Tokenizer LoadTokenizer() => throw new InvalidOperationException();
    public override void Dispose() { }
}
