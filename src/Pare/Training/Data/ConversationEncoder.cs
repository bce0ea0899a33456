using System.Globalization;
using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Training;

/// <summary>Encodes instructions and conversations: the assistant's words are learned, all others are only read.</summary>
internal sealed class ConversationEncoder(Tokenizer tokenizer)
{
    // Templates that write the date are given this one, so that a file has the same tokens on every day.
    private static readonly DateTimeOffset s_date = DateTimeOffset.Parse("2025-01-01T00:00:00Z", CultureInfo.InvariantCulture);
    private readonly string? _bos = tokenizer.BosId is { } bos ? tokenizer.TokenText(bos) : null;
    private readonly string? _eos = tokenizer.EosId is { } eos ? tokenizer.TokenText(eos) : null;
    private ChatTemplate? _template;

    /// <summary>Adds a line with <c>messages</c>: every message of the assistant is learned.</summary>
    public void AddMessages(JsonPlace line, TokenSequence output)
    {
        if (tokenizer.ChatTemplate is null) throw line["messages"].Problem("the model has no chat template to write messages with; give prompt and completion, or a model folder with a template");
        var messages = line["messages"].Items().Select(message => new ChatMessage(message["role"].String(), message["content"].String())).ToArray();
        AddConversation(line, messages, output);
    }

    /// <summary>Adds a line with <c>prompt</c> and <c>completion</c>: a user's and the assistant's message, or without a chat template one text.</summary>
    public void AddPrompt(JsonPlace line, TokenSequence output)
    {
        var (prompt, completion) = (line["prompt"].String(), line["completion"].String());
        if (completion.Length == 0) throw line["completion"].Problem("is empty; there is nothing to learn from this line, so leave it out");
        if (tokenizer.ChatTemplate is not null)
        {
            AddConversation(line, [new("user", prompt), new("assistant", completion)], output);
            return;
        }

        var text = prompt + completion;
        Add(text, [(prompt.Length, text.Length)], withSpecial: true, output);
        if (tokenizer.EosId is { } end && output.Ids[^1] != end) output.Ids.Add(end);
    }

    private void AddConversation(JsonPlace line, ChatMessage[] messages, TokenSequence output)
    {
        var place = line["messages"].Exists ? line["messages"] : line;
        if (!messages.Any(message => message.Role == "assistant")) throw place.Problem("has no message of the assistant to learn from; leave the line out");
        if (messages[0].Role == "assistant") throw place.Problem("begins with the assistant's message; a message of the user or the system goes first");
        var text = Render(place, messages, addGenerationPrompt: false);
        var learned = new List<(int Start, int End)>();
        for (var i = 1; i < messages.Length; i++)
        {
            if (messages[i].Role != "assistant") continue;
            var before = Render(place, messages[..i], addGenerationPrompt: true);
            var after = i + 1 == messages.Length ? text : Render(place, messages[..(i + 1)], addGenerationPrompt: false);
            if (!text.StartsWith(before, StringComparison.Ordinal) || !text.StartsWith(after, StringComparison.Ordinal) || after.Length < before.Length)
                throw place.Problem($"the chat template writes message {i} otherwise at the end of a conversation than within one; give each answer a conversation of its own, which ends with it");
            learned.Add((before.Length, after.Length));
        }

        Add(text, learned, withSpecial: false, output);
    }

    private string Render(JsonPlace place, ChatMessage[] messages, bool addGenerationPrompt)
    {
        try
        {
            _template ??= ChatTemplate.Parse(tokenizer.ChatTemplate!);
            return _template.Apply(messages, addGenerationPrompt, _bos, _eos, now: s_date);
        }
        catch (ChatTemplateException problem)
        {
            throw place.Problem("the chat template does not take it: " + problem.Message, problem);
        }
    }

    // The text is encoded as a whole, as a model meets it; a token is learned unless it lies wholly in what is only read.
    private void Add(string text, IReadOnlyList<(int Start, int End)> learned, bool withSpecial, TokenSequence output)
    {
        var first = output.Ids.Count;
        var ids = tokenizer.Encode(text, addSpecialTokens: withSpecial);
        output.Ids.AddRange(ids);
        var at = 0;
        foreach (var (start, end) in learned)
        {
            output.AddContext(first + at, first + TokensWithin(text, start, ids, withSpecial));
            at = end == text.Length ? ids.Length : TokensWithin(text, end, ids, withSpecial);
        }

        output.AddContext(first + at, first + ids.Length);
    }

    private int TokensWithin(string text, int length, int[] ids, bool withSpecial)
    {
        var part = new List<int>();
        tokenizer.Encode(text.AsSpan(0, length), part, withSpecial);
        return part.ToArray().AsSpan().CommonPrefixLength(ids);
    }
}
