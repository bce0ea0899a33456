using System.Text;
using System.Text.Json;
using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>Reads <see cref="TokenizerSettings"/> from a model folder; every file may be absent.</summary>
internal static class TokenizerSettingsReader
{
    private const long LargestFile = 64 << 20;

    /// <summary>Reads the settings of a folder.</summary>
    public static TokenizerSettings Read(string folder)
    {
        var tokenizer = Open(folder, "tokenizer_config.json");
        var map = Open(folder, "special_tokens_map.json");
        var generation = Open(folder, "generation_config.json");
        var model = Open(folder, "config.json");
        var settings = Combine(tokenizer, map, generation, model);
        var more = Open(folder, "added_tokens.json").Members().Select(member => new AddedToken(member.Value.Int(), member.Name, IsSpecial: false));
        return settings with { AddedTokens = [.. settings.AddedTokens, .. more], ChatTemplate = Template(folder, tokenizer) };
    }

    /// <summary>Combines the four files, any of which may be a place without a value.</summary>
    internal static TokenizerSettings Combine(JsonPlace tokenizer, JsonPlace map, JsonPlace generation, JsonPlace model)
    {
        var name = tokenizer["tokenizer_class"].OptionalString();
        return new TokenizerSettings
        {
            ClassName = name is not null && name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : name,
            BosToken = TokenName(tokenizer["bos_token"]) ?? TokenName(map["bos_token"]),
            EosToken = TokenName(tokenizer["eos_token"]) ?? TokenName(map["eos_token"]),
            PadToken = TokenName(tokenizer["pad_token"]) ?? TokenName(map["pad_token"]),
            UnknownToken = TokenName(tokenizer["unk_token"]) ?? TokenName(map["unk_token"]),
            BosId = OneId(model["bos_token_id"]) ?? OneId(generation["bos_token_id"]),
            PadId = OneId(model["pad_token_id"]) ?? OneId(generation["pad_token_id"]),
            EosIds = [.. Ids(model["eos_token_id"]).Concat(Ids(generation["eos_token_id"])).Distinct()],
            AddBos = tokenizer["add_bos_token"].OptionalBool(),
            AddEos = tokenizer["add_eos_token"].OptionalBool(),
            AddPrefixSpace = tokenizer["add_prefix_space"].OptionalBool(),
            AddedTokens = [.. tokenizer["added_tokens_decoder"].Members().Select(member => Added(member.Name, member.Value))],
        };
    }

    /// <summary>The chat template: a file of its own, else the tokenizer's config (one text, or a list of named ones of which "default" counts).</summary>
    private static string? Template(string folder, JsonPlace tokenizer)
    {
        var path = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(path)) return Encoding.UTF8.GetString(ReadFile(path));
        var inConfig = FromValue(tokenizer["chat_template"]);
        return inConfig ?? FromValue(Open(folder, "chat_template.json")["chat_template"]);
    }

    private static string? FromValue(JsonPlace template)
    {
        if (template.Kind != JsonValueKind.Array) return template.OptionalString();
        string? first = null;
        foreach (var item in template.Items())
        {
            var source = item["template"].String();
            if (item["name"].OptionalString() == "default") return source;
            first ??= source;
        }

        return first;
    }

    private static JsonPlace Open(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonPlace.Parse(ReadFile(path), path) : default;
    }

    private static byte[] ReadFile(string path)
    {
        var length = new FileInfo(path).Length;
        if (length > LargestFile) throw new ModelFormatException(path, "", $"has {length} bytes; at most {LargestFile} are read from a file of settings");
        return File.ReadAllBytes(path);
    }

    private static string? TokenName(JsonPlace token) => token.Kind == JsonValueKind.Object ? token["content"].OptionalString() : token.OptionalString();

    private static int? OneId(JsonPlace id) => Ids(id) is [var first, ..] ? first : null;

    private static IReadOnlyList<int> Ids(JsonPlace id)
    {
        if (!id.Exists) return [];
        return id.Kind == JsonValueKind.Array ? [.. id.Items().Select(item => item.Int())] : [id.Int()];
    }

    private static AddedToken Added(string id, JsonPlace token) => int.TryParse(id, out var number)
        ? TokenizerJsonReader.Added(token, number)
        : throw token.Problem($"the name of a token must be its id, \"{id}\" was found");
}
