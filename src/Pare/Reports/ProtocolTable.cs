using Pare.Evaluation;

namespace Pare.Reports;

/// <summary>The conditions of a measurement, as a table.</summary>
internal static class ProtocolTable
{
    public static ReportTable Of(Protocol protocol)
    {
        var table = new ReportTable("", new ReportColumn("condition", IsNumeric: false), new ReportColumn("value", IsNumeric: false));
        table.Add("protocol", protocol.Name);
        if (protocol.Definition is { } definition) table.Add("definition", definition);
        AddModel(table, "", protocol.Model);
        if (protocol.Reference is { } reference) AddModel(table, "reference ", reference);
        if (protocol.Text is { } text)
        {
            table.Add("text", text.File);
            table.Add("text SHA-256", text.Sha256);
            if (text.Join is { } join) table.Add("rows", join);
            if (text.Bos is { } bos) table.Add("BOS", bos);
            if (text.Characters is { } characters) table.Add("characters", Quantity.Count(characters));
            if (text.Tokens is { } tokens) table.Add("tokens of the text", Quantity.Count(tokens));
        }

        if (protocol.Windows is { } windows) table.Add("windows", Quantity.Count(windows) + (protocol.Window is { } window ? $" of {Quantity.Count(window)} tokens" : ""));
        if (protocol.KeyValueType is { } type) table.Add("keys and values", type);
        if (protocol.Activations is { } activations) table.Add("inputs of matrices", activations);
        var machine = protocol.Machine;
        table.Add("processor", machine.Processor);
        table.Add("instructions", machine.InstructionSet);
        table.Add("threads", $"{machine.Threads} on {machine.Processors} processors");
        table.Add("system", $"{machine.OperatingSystem}, {machine.Runtime}");
        table.Add("pare", machine.ToolVersion);
        table.Add("time", Quantity.Seconds(protocol.WallSeconds));
        table.Add("peak memory", protocol.PeakResidentBytes is { } peak ? Quantity.Bytes(peak) : null);
        return table;
    }

    private static void AddModel(ReportTable table, string prefix, ModelIdentity model)
    {
        table.Add(prefix + "model", model.Path);
        table.Add(prefix + "fingerprint", model.Fingerprint);
        table.Add(prefix + "family", model.Architecture);
        table.Add(prefix + "parameters", Quantity.Count(model.Parameters));
        table.Add(prefix + "size", $"{Quantity.Bytes(model.WeightBytes)}, {Quantity.Fixed(model.BitsPerWeight, 2)} bits per weight ({string.Join(", ", model.BytesByType.Select(type => $"{type.Key} {Quantity.Bytes(type.Value)}"))})");
        if (model.Tokenizer is { } tokenizer) table.Add(prefix + "tokenizer", tokenizer);
    }
}
