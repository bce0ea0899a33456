namespace Pare.Tokenization;

/// <summary>Which tokens go around a text: what the settings say outranks the tokenizer's own template.</summary>
internal static class BosRules
{
    /// <summary>Ids before a text.</summary>
    public static int[] Prefix(TokenizerSettings settings, int? bosId, int[] ownPrefix) => Apply(settings.AddBos ?? ClassDefault(settings, true), bosId, ownPrefix);

    /// <summary>Ids after a text.</summary>
    public static int[] Suffix(TokenizerSettings settings, int? eosId, int[] ownSuffix) => Apply(settings.AddEos ?? ClassDefault(settings, false), eosId, ownSuffix);

    /// <summary>Llama's and Gemma's classes write their template themselves, with BOS and without EOS unless told otherwise.</summary>
    private static bool? ClassDefault(TokenizerSettings settings, bool value) =>
        settings.ClassName is "LlamaTokenizer" or "GemmaTokenizer" or "CodeLlamaTokenizer" ? value : null;

    private static int[] Apply(bool? wanted, int? id, int[] own) => (wanted, id) switch
    {
        (true, { } token) when !own.Contains(token) => [token],
        (false, { } token) => [.. own.Where(other => other != token)],
        _ => own,
    };
}
