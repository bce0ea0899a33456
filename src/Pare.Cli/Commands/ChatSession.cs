using Pare.Cli.Output;
using Pare.Models;
using Pare.Runtime;
using Pare.Tokenization;

namespace Pare.Cli.Commands;

/// <summary>A conversation, line by line.</summary>
internal sealed class ChatSession
{
    private const string Commands = "/reset forgets the conversation, /exit ends it";
    private readonly TextGenerator _generator;
    private readonly ChatPrompt _prompt;
    private readonly RunRequest _request;
    private readonly ResultWriter _results;
    private readonly List<ChatMessage> _messages = [];

    private ChatSession(TextGenerator generator, ChatPrompt prompt, RunRequest request, ResultWriter results) =>
        (_generator, _prompt, _request, _results) = (generator, prompt, request, results);

    public static int Run(InferenceEngine engine, Model model, RunRequest request, ResultWriter results)
    {
        var prompt = ChatPrompt.Of(model, request.System);
        using var generator = new TextGenerator(engine, model, request.Context ?? 0);
        var session = new ChatSession(generator, prompt, request, results);
        results.Note($"chat with {model.Path}, a context of {generator.ContextLength} tokens; {Commands}");
        try
        {
            while (session.ReadLine() is { } line && session.Answer(line.Trim()))
            {
            }
        }
        catch (OperationCanceledException)
        {
            results.Note("");   // ends the line that was begun
            throw;
        }

        return Program.Done;
    }

    private string? ReadLine()
    {
        if (!_results.IsQuiet) _results.Terminal.Error.Write("> ");
        _results.Terminal.Error.Flush();
        // A read from the terminal cannot be interrupted; waiting for it can.
        var read = Task.Run(_results.Terminal.Input.ReadLine);
        read.Wait(_results.Terminal.Cancellation);
        return read.Result;
    }

    private bool Answer(string line)
    {
        switch (line)
        {
            case "":
                return true;
            case "/exit" or "/quit" or "/bye":
                return false;
            case "/reset":
                _messages.Clear();
                _results.Note("the conversation is forgotten");
                return true;
            case ['/', ..] when !line.Contains(' ', StringComparison.Ordinal):
                _results.Note($"{line} is not known; {Commands}");
                return true;
        }

        _messages.Add(new ChatMessage("user", line));
        var tokens = Fit();
        if (tokens is null) return true;
        var result = _generator.Generate(tokens, _request.Generation, piece =>
        {
            _results.Output.Write(piece);
            _results.Output.Flush();
        }, _results.Terminal.Cancellation);
        _results.Line();
        _results.Note(RunCommand.Speed(result));
        _messages.Add(new ChatMessage("assistant", result.Text));
        return true;
    }

    /// <summary>The conversation's tokens; its oldest turns are dropped where it has outgrown the context. Null where the last message alone is too long.</summary>
    private int[]? Fit()
    {
        var room = Math.Min(_generator.ContextLength / 4, _request.Generation.MaxTokens > 0 ? _request.Generation.MaxTokens : int.MaxValue);
        var dropped = 0;
        while (true)
        {
            var tokens = _prompt.Encode(_messages);
            if (tokens.Length <= _generator.ContextLength - room)
            {
                if (dropped > 0) _results.Note($"[the context is full: the oldest {dropped} messages were left out]");
                return tokens;
            }

            if (_messages.Count < 3)
            {
                _results.Note($"[the message has {tokens.Length} tokens and does not fit a context of {_generator.ContextLength}; it was left out]");
                _messages.RemoveAt(_messages.Count - 1);
                return null;
            }

            _messages.RemoveRange(0, 2);
            dropped += 2;
        }
    }
}
