namespace Pare.Tokenization;

/// <summary>Reads the member <c>post_processor</c> of tokenizer.json: the ids that go before and after a single text.</summary>
internal static class PostProcessorReader
{
    private const int MostTokens = 64;

    /// <summary>Reads the ids; none where there is no post-processor.</summary>
    public static (int[] Prefix, int[] Suffix) Read(JsonPlace place, int vocabularySize)
    {
        var prefix = new List<int>();
        var suffix = new List<int>();
        if (place.Exists) Add(place, vocabularySize, prefix, suffix);
        if (prefix.Count > MostTokens || suffix.Count > MostTokens) throw place.Problem($"at most {MostTokens} tokens are put around a text");
        return ([.. prefix], [.. suffix]);
    }

    private static void Add(JsonPlace place, int vocabularySize, List<int> prefix, List<int> suffix)
    {
        var type = place["type"].String();
        switch (type)
        {
            case "ByteLevel":
                break;
            case "Sequence":
                foreach (var item in place["processors"].Items()) Add(item, vocabularySize, prefix, suffix);
                break;
            case "TemplateProcessing":
                AddTemplate(place, vocabularySize, prefix, suffix);
                break;
            case "BertProcessing" or "RobertaProcessing":
                prefix.Insert(0, PairId(place["cls"], vocabularySize));
                suffix.Add(PairId(place["sep"], vocabularySize));
                break;
            default:
                throw place["type"].Problem($"the post-processor \"{Vocabulary.Short(type)}\" is not supported");
        }
    }

    private static void AddTemplate(JsonPlace place, int vocabularySize, List<int> prefix, List<int> suffix)
    {
        var before = new List<int>();
        var seen = false;
        foreach (var item in place["single"].Items())
        {
            if (item["Sequence"].Exists)
            {
                if (seen) throw item.Problem("the text occurs twice in the template for a single text");
                seen = true;
                continue;
            }

            var name = item["SpecialToken"]["id"].String();
            var ids = place["special_tokens"][name]["ids"];
            if (!ids.Exists) throw item.Problem($"the special token \"{Vocabulary.Short(name)}\" is not listed under special_tokens");
            foreach (var id in ids.Items()) (seen ? suffix : before).Add(Checked(id, vocabularySize));
        }

        if (!seen) throw place["single"].Problem("the template for a single text has no place for the text");
        prefix.InsertRange(0, before);
    }

    private static int PairId(JsonPlace pair, int vocabularySize) =>
        pair.Items().Take(2).ToArray() is [_, var id] ? Checked(id, vocabularySize) : throw pair.Expected("a token and its id");

    private static int Checked(JsonPlace id, int vocabularySize) =>
        id.Int() is var value && (uint)value < (uint)vocabularySize ? value : throw id.Problem($"the id {value} is not in the vocabulary of {vocabularySize}");
}
