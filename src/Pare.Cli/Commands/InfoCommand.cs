using System.CommandLine;
using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Formats;
using Pare.Models;
using Pare.Reports;
using Pare.Tokenization;

namespace Pare.Cli.Commands;

/// <summary><c>pare info</c>: what a model is, without running it.</summary>
internal static class InfoCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("info", "Shows family, shapes, parameters, bytes by format and tokenizer of a model.");
        var path = Arguments.Model();
        command.Arguments.Add(path);
        HelpText.SetExamples(command, "pare info models/stories260K", "pare info SmolLM2-135M.Q8_0.gguf --json");
        command.SetAction(parse => Run(parse.GetRequiredValue(path), globals.Results(parse, terminal)));
        return command;
    }

    private static int Run(string path, ResultWriter results)
    {
        using var model = Model.Open(path);
        if (results.IsJson) results.Json(ToJson(model));
        else Print(model, results);
        return Program.Done;
    }

    private static void Print(Model model, ResultWriter results)
    {
        var config = model.Config;
        var types = model.BytesByType();
        var parameters = types.Sum(type => type.Elements);
        var facts = new ReportTable("", new ReportColumn("", IsNumeric: false), new ReportColumn("", IsNumeric: false));
        facts.Add("model", model.Path);
        facts.Add("family", $"{config.Architecture.ModelType} ({config.Architecture.ClassName})");
        facts.Add("parameters", $"{Quantity.Count(parameters)} ({Quantity.Short(parameters)})");
        facts.Add("size", $"{Quantity.Bytes(model.WeightBytes)}, {Quantity.Fixed(8.0 * model.WeightBytes / parameters, 2)} bits per weight");
        facts.Add("layers", Quantity.Count(config.Layers.Count));
        facts.Add("hidden size", Quantity.Count(config.HiddenSize));
        if (config.IsUniform) facts.Add("every layer", Describe(config.Layers[0]));
        facts.Add("context", $"{Quantity.Count(config.MaxPositionEmbeddings)} tokens");
        facts.Add("vocabulary", Quantity.Count(config.VocabularySize) + (config.TieWordEmbeddings ? ", head tied to the embeddings" : ""));
        var (tokenizer, problem) = FindTokenizer(model);
        facts.Add("tokenizer", tokenizer is null ? problem : Describe(tokenizer));
        foreach (var (name, text) in ProvenanceText.Lines(model.Provenance)) facts.Add(name, text);
        if (model.ActivationSparsity is { } sparsity) facts.Add("activations", ActivityText.Describe(sparsity));
        results.Table(facts);
        if (!config.IsUniform)
        {
            results.Line();
            results.Table(Layers(config));
        }

        results.Line();
        var table = new ReportTable("", new ReportColumn("format", IsNumeric: false), new ReportColumn("size"), new ReportColumn("share"), new ReportColumn("parameters"), new ReportColumn("bits per weight"));
        foreach (var (type, bytes, elements) in types)
            table.Add(type.Name(), Quantity.Bytes(bytes), Quantity.Percent((double)bytes / model.WeightBytes, 1), Quantity.Count(elements), Quantity.Fixed(8.0 * bytes / elements, 2));
        results.Table(table);
        foreach (var line in SparseText.Lines(model)) results.Line(line);
    }

    /// <summary>Runs of equal layers, one row each.</summary>
    private static ReportTable Layers(ModelConfig config)
    {
        var table = new ReportTable("", new ReportColumn("layers", IsNumeric: false), new ReportColumn("shape", IsNumeric: false));
        for (var first = 0; first < config.Layers.Count;)
        {
            var shape = Describe(config.Layers[first]);
            var last = first;
            while (last + 1 < config.Layers.Count && Describe(config.Layers[last + 1]) == shape) last++;
            table.Add(first == last ? $"{first}" : $"{first}–{last}", shape);
            first = last + 1;
        }

        return table;
    }

    private static string Describe(LayerConfig layer)
    {
        var attention = layer.HasAttention ? $"{layer.Heads} query and {layer.KeyValueHeads} key-value heads of {layer.HeadSize}" : "no attention";
        if (layer is { HasAttention: true, SlidingWindow: { } window }) attention += $" over {window} tokens";
        return attention + (layer.HasFfn ? $", FFN {layer.FfnSize}" : ", no FFN");
    }

    private static string Describe(Tokenizer tokenizer) =>
        $"{tokenizer.Description}, {Quantity.Count(tokenizer.VocabularySize)} tokens" + (tokenizer.AddsBos ? ", adds BOS" : "") + (tokenizer.ChatTemplate is null ? "" : ", chat template");

    private static (Tokenizer? Tokenizer, string Problem) FindTokenizer(Model model)
    {
        try
        {
            return (model.Tokenizer, "");
        }
        catch (ModelFormatException exception)
        {
            return (null, "none: " + exception.Message);
        }
    }

    private static JsonObject ToJson(Model model)
    {
        var config = model.Config;
        var types = model.BytesByType();
        var parameters = types.Sum(type => type.Elements);
        var bytes = new JsonObject();
        foreach (var (type, size, _) in types) bytes[type.Name()] = size;
        var json = new JsonObject
        {
            ["path"] = model.Path,
            ["container"] = model.IsGguf ? "gguf" : "folder",
            ["family"] = config.Architecture.ModelType,
            ["architecture"] = config.Architecture.ClassName,
            ["parameters"] = parameters,
            ["weightBytes"] = model.WeightBytes,
            ["bitsPerWeight"] = 8.0 * model.WeightBytes / parameters,
            ["bytesByFormat"] = bytes,
            ["sparseFormats"] = SparseText.ToJson(model),
            ["hiddenSize"] = config.HiddenSize,
            ["vocabularySize"] = config.VocabularySize,
            ["contextLength"] = config.MaxPositionEmbeddings,
            ["tieWordEmbeddings"] = config.TieWordEmbeddings,
            ["isUniform"] = config.IsUniform,
            ["layers"] = new JsonArray([.. config.Layers.Select(ToJson)]),
        };
        var (tokenizer, problem) = FindTokenizer(model);
        json["tokenizer"] = tokenizer is null ? new JsonObject { ["problem"] = problem } : ToJson(tokenizer);
        if (model.ActivationSparsity is { } sparsity) json["activationSparsity"] = ActivityText.ToJson(sparsity);
        if (model.Provenance is { } provenance) json["provenance"] = provenance.DeepClone();
        return json;
    }

    private static JsonObject ToJson(LayerConfig layer)
    {
        var json = new JsonObject
        {
            ["heads"] = layer.Heads,
            ["keyValueHeads"] = layer.KeyValueHeads,
            ["headSize"] = layer.HeadSize,
            ["ffnSize"] = layer.FfnSize,
        };
        if (layer.SlidingWindow is { } window) json["slidingWindow"] = window;
        return json;
    }

    private static JsonObject ToJson(Tokenizer tokenizer)
    {
        var json = new JsonObject { ["kind"] = tokenizer.Description, ["vocabularySize"] = tokenizer.VocabularySize, ["addsBos"] = tokenizer.AddsBos };
        if (tokenizer.BosId is { } bos) json["bosId"] = bos;
        json["stopIds"] = new JsonArray([.. tokenizer.StopIds.Select(id => JsonValue.Create(id))]);
        json["hasChatTemplate"] = tokenizer.ChatTemplate is not null;
        return json;
    }
}
