using Pare.Models;
using Pare.Tokenization;

namespace Pare.Cli.Commands;

/// <summary>Writes conversations in a model's chat template and encodes them.</summary>
internal sealed class ChatPrompt
{
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate _template;
    private readonly string? _system;

    private ChatPrompt(Tokenizer tokenizer, ChatTemplate template, string? system) => (_tokenizer, _template, _system) = (tokenizer, template, system);

    /// <summary>Takes a model's template.</summary>
    /// <exception cref="UsageException">The model has none.</exception>
    public static ChatPrompt Of(Model model, string? system)
    {
        var source = model.Tokenizer.ChatTemplate
            ?? throw new UsageException($"{model.Path} has no chat template, so it cannot chat; give -p PROMPT to continue a text");
        return new ChatPrompt(model.Tokenizer, ChatTemplate.Parse(source), system);
    }

    /// <summary>Encodes a conversation up to where the assistant speaks next.</summary>
    public int[] Encode(IReadOnlyList<ChatMessage> messages)
    {
        IReadOnlyList<ChatMessage> all = _system is null ? messages : [new ChatMessage("system", _system), .. messages];
        var text = _template.Apply(all, addGenerationPrompt: true, TokenText(_tokenizer.BosId), TokenText(_tokenizer.EosId));
        return _tokenizer.Encode(text, addSpecialTokens: false);
    }

    private string? TokenText(int? id) => id is { } token ? _tokenizer.TokenText(token) : null;
}
