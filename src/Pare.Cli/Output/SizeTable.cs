using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Reports;

namespace Pare.Cli.Output;

/// <summary>What a model weighed before and weighs after, by format.</summary>
internal static class SizeTable
{
    public static ReportTable Of(Model before, IReadOnlyList<FormatShare> after)
    {
        var table = new ReportTable("", new ReportColumn("", IsNumeric: false), new ReportColumn("size"), new ReportColumn("bits per weight"), new ReportColumn("formats", IsNumeric: false));
        var types = before.BytesByType();
        var elements = types.Sum(type => type.Elements);
        table.Add("before", Quantity.Bytes(before.WeightBytes), Quantity.Fixed(8.0 * before.WeightBytes / elements, 3), string.Join(", ", types.Select(type => $"{type.Type.Name()} {Quantity.Bytes(type.Bytes)}")));
        var bytes = after.Sum(share => share.Bytes);
        table.Add("after", Quantity.Bytes(bytes), Quantity.Fixed(8.0 * bytes / after.Sum(share => share.Elements), 3), string.Join(", ", after.Select(share => $"{share.Format.Name()} {Quantity.Bytes(share.Bytes)}")));
        return table;
    }

    public static void AddTo(JsonObject json, Model before, IReadOnlyList<FormatShare> after)
    {
        var types = before.BytesByType();
        var bytes = after.Sum(share => share.Bytes);
        json["weightBytesBefore"] = before.WeightBytes;
        json["weightBytes"] = bytes;
        json["bitsPerWeightBefore"] = 8.0 * before.WeightBytes / types.Sum(type => type.Elements);
        json["bitsPerWeight"] = 8.0 * bytes / after.Sum(share => share.Elements);
        json["bytesByFormatBefore"] = new JsonObject(types.Select(type => KeyValuePair.Create<string, JsonNode?>(type.Type.Name(), JsonValue.Create(type.Bytes))));
        json["bytesByFormat"] = new JsonObject(after.Select(share => KeyValuePair.Create<string, JsonNode?>(share.Format.Name(), JsonValue.Create(share.Bytes))));
    }

    /// <summary>One line for each kind of fallback.</summary>
    public static IEnumerable<string> FallbackLines(IReadOnlyList<FormatFallback> fallbacks) =>
        from fallback in fallbacks
        group fallback by (fallback.Wanted, fallback.Format, fallback.Columns) into kind
        select $"fallback: {kind.Count()} parameters with rows of {kind.Key.Columns} are {kind.Key.Format.Name()}, for blocks of {kind.Key.Wanted.BlockLength()} ({kind.Key.Wanted.Name()}) do not divide them (first: {kind.First().Parameter})";

    public static JsonArray ToJson(IReadOnlyList<FormatFallback> fallbacks) => new([.. fallbacks.Select(fallback => new JsonObject
    {
        ["parameter"] = fallback.Parameter,
        ["wanted"] = fallback.Wanted.Name(),
        ["format"] = fallback.Format.Name(),
        ["columns"] = fallback.Columns,
    })]);
}
