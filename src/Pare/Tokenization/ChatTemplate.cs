using Pare.Tokenization.Jinja;

namespace Pare.Tokenization;

/// <summary>A model's chat template: a Jinja program that writes a conversation the way the model was trained to read it.</summary>
/// <remarks>
/// The part of Jinja that published templates use, with the settings they are written for (the line feed after a block and the blanks before it go).
/// Templates come with models and are not trusted: a run may take 2 million steps and write 16 million characters. Safe for use by several threads.
/// </remarks>
public sealed class ChatTemplate
{
    private readonly JinjaBlock _body;

    private ChatTemplate(JinjaBlock body) => _body = body;

    /// <summary>Reads a template.</summary>
    /// <param name="source">Its text.</param>
    /// <exception cref="ChatTemplateException">The text is no template, or uses what Pare does not know.</exception>
    public static ChatTemplate Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new ChatTemplate(JinjaParser.Parse(source));
    }

    /// <summary>Writes a conversation.</summary>
    /// <param name="messages">The messages, oldest first.</param>
    /// <param name="addGenerationPrompt">Ends with the start of the assistant's next message.</param>
    /// <param name="bosToken">Text of BOS, for templates that write it.</param>
    /// <param name="eosToken">Text of EOS.</param>
    /// <param name="variables">More variables (<c>enable_thinking</c>, <c>tools</c> …): null, truth values, numbers, texts, dictionaries with text keys, lists, JSON elements.</param>
    /// <param name="now">The time for templates that write the date; the present by default.</param>
    /// <returns>The text; encode it without adding special tokens, for the template has written them.</returns>
    /// <exception cref="ChatTemplateException">The template failed, refused the messages, or ran too long.</exception>
    public string Apply(
        IReadOnlyList<ChatMessage> messages,
        bool addGenerationPrompt = true,
        string? bosToken = null,
        string? eosToken = null,
        IReadOnlyDictionary<string, object?>? variables = null,
        DateTimeOffset? now = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var run = new JinjaRun(now ?? DateTimeOffset.Now);
        var scope = JinjaGlobals.CreateScope(run);
        scope.Set("messages", messages.Select(message => (object?)new JinjaDictionary { ["role"] = message.Role, ["content"] = message.Content }).ToList());
        scope.Set("add_generation_prompt", addGenerationPrompt);
        scope.Set("bos_token", bosToken ?? "");
        scope.Set("eos_token", eosToken ?? "");
        foreach (var (name, value) in variables ?? new Dictionary<string, object?>()) scope.Set(name, JinjaValue.From(value));
        _body.Execute(run, scope);
        return run.Output.ToString();
    }
}
