using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>How a GGUF file's byte-level tokenizer cuts texts: the meaning of the names under <c>tokenizer.ggml.pre</c>.</summary>
/// <param name="Name">The name.</param>
/// <param name="Steps">The steps.</param>
/// <param name="IgnoresMerges">A word that is a token as a whole is that token.</param>
/// <param name="AddsBos">Whether a file that does not say so wants BOS before a text.</param>
internal sealed record GgufPreTokenizer(string Name, PreTokenizer[] Steps, bool IgnoresMerges, bool AddsBos)
{
    private const string Key = "tokenizer.ggml.pre";

    private const string Gpt4o =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Tekken =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Finds the entry for a file.</summary>
    /// <exception cref="ModelFormatException">The name is unknown.</exception>
    public static GgufPreTokenizer Find(GgufMetadata metadata)
    {
        var name = metadata.GetString(Key, "default");
        return name switch
        {
            "gpt-2" or "phi-2" or "olmo" or "mpt" or "jais" or "gigachat" or "roberta-bpe" or "exaone4" => new(name, [new Gpt2Splitter()], false, false),
            "smollm" or "starcoder" or "refact" or "command-r" or "codeshell" or "exaone" or "minerva-7b" => new(name, [new DigitsSplitter(individual: true), new Gpt2Splitter()], false, false),
            "llama-bpe" or "llama3" or "llama-v3" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" => new(name, [new Cl100kSplitter(3)], true, true),
            "dbrx" or "smaug-bpe" or "olmo2" => new(name, [new Cl100kSplitter(3)], false, false),
            "qwen2" or "stablelm2" or "hunyuan" or "megrez" or "deepseek-r1-qwen" => new(name, [new Cl100kSplitter(1)], false, false),
            "gpt-4o" or "llama4" => new(name, [Isolated(metadata, Gpt4o)], name == "llama4", false),
            "tekken" => new(name, [Isolated(metadata, Tekken)], true, false),
            "default" => new(name, [Isolated(metadata, @"[\p{P}$+<=>^~|]+"), new Gpt2Splitter(), Isolated(metadata, @"\p{N}+"), Isolated(metadata, "[0-9][0-9][0-9]")], false, false),
            _ => throw new ModelFormatException(metadata.File, Key, $"the pre-tokenizer \"{Vocabulary.Short(name)}\" is not known; convert the model from its Hugging Face folder, which says how it cuts texts"),
        };
    }

    private static PreTokenizer Isolated(GgufMetadata metadata, string expression) =>
        PreTokenizerReader.ForExpression(expression, SplitBehavior.Isolated, invert: false, metadata.File);
}
