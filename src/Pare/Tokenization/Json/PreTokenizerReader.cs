namespace Pare.Tokenization;

/// <summary>Reads the member <c>pre_tokenizer</c> of tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    /// <summary>Reads the steps.</summary>
    /// <param name="place">The member; without a value there are no steps.</param>
    /// <param name="byteLevel">Whether the pieces then become bytes in GPT-2's alphabet.</param>
    public static List<PreTokenizer> Read(JsonPlace place, out bool byteLevel)
    {
        var steps = new List<PreTokenizer>();
        byteLevel = false;
        if (place.Exists) Add(place, steps, ref byteLevel);
        return steps;
    }

    /// <summary>The scanner for an expression, or the general way where there is none.</summary>
    public static PreTokenizer ForExpression(string expression, SplitBehavior behavior, bool invert, string file)
    {
        // The known patterns match everything, so what happens between matches does not matter.
        if (behavior == SplitBehavior.Isolated || (behavior == SplitBehavior.Removed && invert))
        {
            if (expression == Gpt2Splitter.Pattern) return new Gpt2Splitter();
            if (Cl100kSplitter.LongestNumber(expression) is var longest and > 0) return new Cl100kSplitter(longest);
            if (expression is @"\p{N}" or @"\p{N}{1}" && behavior == SplitBehavior.Isolated) return new DigitsSplitter(individual: true);
        }

        return new PatternSplitter(TextPattern.OfExpression(expression, file), behavior, invert);
    }

    /// <summary>Reads a pattern: {"String": …} or {"Regex": …}.</summary>
    public static TextPattern Pattern(JsonPlace place)
    {
        if (place["String"].Exists) return TextPattern.OfLiteral(place["String"].String());
        if (!place["Regex"].Exists) throw place.Expected("a pattern {\"String\": …} or {\"Regex\": …}");
        try
        {
            return TextPattern.OfExpression(place["Regex"].String(), place.File);
        }
        catch (ArgumentException problem)
        {
            throw place["Regex"].Problem("the expression cannot be read: " + problem.Message, problem);
        }
    }

    /// <summary>Reads the character and the prepending rule of Metaspace.</summary>
    public static (char Mark, PrependScheme Prepend) Metaspace(JsonPlace place)
    {
        var mark = place["replacement"].OptionalString() ?? "\u2581";
        if (mark.Length != 1) throw place["replacement"].Expected("one character");
        var scheme = place["prepend_scheme"].OptionalString() switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            null => place["add_prefix_space"].Bool(true) ? PrependScheme.Always : PrependScheme.Never,
            _ => throw place["prepend_scheme"].Expected("\"always\", \"first\" or \"never\""),
        };
        return (mark[0], scheme);
    }

    private static void Add(JsonPlace place, List<PreTokenizer> steps, ref bool byteLevel)
    {
        var type = place["type"].String();
        switch (type)
        {
            case "Sequence":
                foreach (var item in place["pretokenizers"].Items()) Add(item, steps, ref byteLevel);
                break;
            case "ByteLevel":
                byteLevel = true;
                if (place["add_prefix_space"].Bool(true)) steps.Add(new PrefixSpace());
                if (place["use_regex"].Bool(true)) steps.Add(new Gpt2Splitter());
                break;
            case "Digits":
                steps.Add(new DigitsSplitter(place["individual_digits"].Bool(false)));
                break;
            case "Split":
                steps.Add(Split(place));
                break;
            case "Metaspace":
                var (mark, prepend) = Metaspace(place);
                steps.Add(new MetaspaceSplitter(mark, prepend, place["split"].Bool(true)));
                break;
            case "Whitespace":
                steps.Add(ForExpression(@"\w+|[^\w\s]+", SplitBehavior.Removed, invert: true, place.File));
                break;
            case "WhitespaceSplit":
                steps.Add(ForExpression(@"\s", SplitBehavior.Removed, invert: false, place.File));
                break;
            case "Punctuation":
                steps.Add(ForExpression(@"[\p{P}$+<=>^`|~]", Behavior(place["behavior"], SplitBehavior.Isolated), invert: false, place.File));
                break;
            default:
                throw place["type"].Problem($"the pre-tokenizer \"{Vocabulary.Short(type)}\" is not supported");
        }
    }

    private static PreTokenizer Split(JsonPlace place)
    {
        var behavior = Behavior(place["behavior"], null);
        var invert = place["invert"].Bool(false);
        var pattern = Pattern(place["pattern"]);
        return pattern.Literal is null
            ? ForExpression(place["pattern"]["Regex"].String(), behavior, invert, place.File)
            : new PatternSplitter(pattern, behavior, invert);
    }

    private static SplitBehavior Behavior(JsonPlace place, SplitBehavior? otherwise) => place.OptionalString() switch
    {
        null when otherwise is { } value => value,
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw place.Expected("the name of a split behavior"),
    };
}
