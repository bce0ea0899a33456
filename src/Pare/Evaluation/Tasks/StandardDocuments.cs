using System.Text;
using System.Text.RegularExpressions;

namespace Pare.Evaluation.Tasks;

/// <summary>Prompts and choices of the standard tasks, as lm-evaluation-harness words them.</summary>
internal static partial class StandardDocuments
{
    private const string Answer = "\nAnswer:";

    /// <summary>ARC: the query names the question already.</summary>
    public static TaskDocument Arc(JsonRecord record) => Choose(record, record.Text("query") + Answer);

    /// <summary>PIQA: the query ends in a line feed.</summary>
    public static TaskDocument Piqa(JsonRecord record) => Choose(record, record.Text("query").TrimEnd() + Answer);

    /// <summary>BoolQ: without the word before the passage.</summary>
    public static TaskDocument BoolQ(JsonRecord record)
    {
        const string Lead = "Passage: ";
        var query = record.Text("query");
        return Choose(record, (query.StartsWith(Lead, StringComparison.Ordinal) ? query[Lead.Length..] : query) + Answer);
    }

    /// <summary>OpenBookQA: the choice ends the query's sentence.</summary>
    public static TaskDocument OpenBookQa(JsonRecord record) => Choose(record, record.Text("query"));

    /// <summary>WinoGrande, partial scoring: each option ends the context, and the same rest of the sentence is scored behind it.</summary>
    public static TaskDocument WinoGrande(JsonRecord record)
    {
        var contexts = record.Texts("context_options");
        var continuation = record.Text("continuation");
        return new TaskDocument
        {
            Choices = [.. contexts.Select(context => TaskChoice.AfterSpace(context, continuation))],
            Gold = record.Index("gold", contexts.Length),
        };
    }

    /// <summary>LAMBADA: the last word of a passage.</summary>
    public static TaskDocument Lambada(JsonRecord record) => new() { Choices = [TaskChoice.AfterSpace(record.Text("context"), record.Text("continuation"))] };

    /// <summary>HellaSwag: activity and context, cleaned, and four endings.</summary>
    public static TaskDocument HellaSwag(JsonRecord record)
    {
        var context = Clean($"{record.Text("activity_label")}: {record.Text("ctx_a")} {Capitalize(record.Text("ctx_b"))}");
        var endings = record.Texts("endings");
        return new TaskDocument
        {
            Choices = [.. endings.Select(ending => TaskChoice.AfterSpace(context, Clean(ending)))],
            Gold = record.Index("label", endings.Length),
        };
    }

    /// <summary>Takes out the marks that WikiHow left in the texts.</summary>
    public static string Clean(string text) =>
        Bracketed().Replace(text.Trim().Replace(" [title]", ". ", StringComparison.Ordinal), "").Replace("  ", " ", StringComparison.Ordinal);

    /// <summary>The first letter upper case, all others lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0) return text;
        var first = Rune.GetRuneAt(text, 0);
        return Rune.ToUpperInvariant(first) + text[first.Utf16SequenceLength..].ToLowerInvariant();
    }

    private static TaskDocument Choose(JsonRecord record, string context)
    {
        var choices = record.Texts("choices");
        return new TaskDocument
        {
            Choices = [.. choices.Select(choice => TaskChoice.AfterSpace(context, choice))],
            Gold = record.Index("gold", choices.Length),
        };
    }

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Bracketed();
}
