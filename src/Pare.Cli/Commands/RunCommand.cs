using System.CommandLine;
using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Models;
using Pare.Reports;
using Pare.Runtime;

namespace Pare.Cli.Commands;

/// <summary><c>pare run</c>: continues a prompt, or chats.</summary>
internal static class RunCommand
{
    /// <summary>Longest context that is taken without being asked for.</summary>
    private const int UsualContext = 4096;

    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("run", "Continues a prompt; without one, chats with the model.");
        var path = Arguments.Model();
        var prompt = new Option<string?>("--prompt", "-p") { Description = "Text to continue; - reads it from standard input", HelpName = "PROMPT" };
        var count = Arguments.Whole("-n", "Most tokens to generate; 0 goes on until the text ends or the context is full", 256, minimum: 0);
        var system = new Option<string?>("--system") { Description = "What a chat's system message says", HelpName = "TEXT" };
        var chat = new Option<bool>("--chat") { Description = "Put the prompt into the model's chat template" };
        var stop = new Option<string[]>("--stop") { Description = "End at this text; may be given several times", HelpName = "TEXT" };
        var context = Arguments.OptionalWhole("--context", "Most tokens of prompt and text together [default: what is needed]", minimum: 2);
        var threads = Arguments.Threads();
        var pin = Arguments.Pin();
        var activations = Arguments.Activations();
        var cache = Arguments.KvCache();
        var memory = Arguments.Memory();
        var neurons = Arguments.NeuronFile();
        var predict = Arguments.Predict();
        var plan = Arguments.Plan();
        var sampling = new SamplingOptions();
        command.Arguments.Add(path);
        foreach (var option in new Option[] { prompt, count, system, chat, stop }.Concat(sampling.All).Concat([context, threads, pin, activations, cache, memory, neurons, predict, plan])) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare run models/stories260K -p \"Once upon a time\" -n 100",
            "pare run SmolLM2-135M-Instruct --temperature 0.7 --top-p 0.9 --seed 1",
            "echo \"Summarize: ...\" | pare run SmolLM2-135M-Instruct --chat -p - --json");
        command.SetAction(parse => Run(
            new RunRequest
            {
                Path = parse.GetRequiredValue(path),
                Prompt = parse.GetValue(prompt),
                System = parse.GetValue(system),
                IsChat = parse.GetValue(chat) || parse.GetValue(system) is not null,
                Context = parse.GetValue(context),
                Engine = Arguments.Engine(parse.GetValue(threads), parse.GetValue(activations), parse.GetValue(cache)) with { PinsThreads = parse.GetValue(pin), MemoryBytes = parse.GetValue(memory), NeuronFile = parse.GetValue(neurons), PredictsNeurons = parse.GetValue(predict) },
                IsPlan = parse.GetValue(plan),
                Generation = new GenerationOptions { MaxTokens = parse.GetValue(count), Sampler = sampling.Read(parse), StopStrings = parse.GetValue(stop) ?? [] },
            },
            globals.Results(parse, terminal)));
        return command;
    }

    private static int Run(RunRequest request, ResultWriter results)
    {
        if (request.Prompt is null && results.IsJson && !request.IsPlan) throw new UsageException("--json needs a prompt: give -p PROMPT (a chat has no single result)");
        using var model = Model.Open(request.Path);
        if (request is { IsPlan: true, Prompt: null }) return ShowPlan(model, request, 0, results);
        if (request.Prompt is null) return Chat(model, request, results);
        var text = request.Prompt == "-" ? results.Terminal.Input.ReadToEnd() : request.Prompt;
        var tokens = request.IsChat ? ChatPrompt.Of(model, request.System).Encode([new("user", text)]) : model.Tokenizer.Encode(text);
        if (tokens.Length == 0) throw new UsageException("the prompt has no token; give a text");
        if (request.IsPlan) return ShowPlan(model, request, tokens.Length, results);
        using var engine = new InferenceEngine(model, request.Engine);
        WarnOfContext(model, request, results);
        using var generator = new TextGenerator(engine, model, ContextFor(model, request, tokens.Length));
        var written = false;
        GenerationResult result;
        try
        {
            result = generator.Generate(tokens, request.Generation, results.IsJson ? null : piece =>
            {
                results.Output.Write(piece);
                results.Output.Flush();
                written = true;
            }, results.Terminal.Cancellation);
        }
        catch (OperationCanceledException)
        {
            if (written) results.Line();
            throw;
        }

        if (results.IsJson) results.Json(ToJson(result, request, engine.CountedFetches()));
        else
        {
            results.Line();
            results.Note(Speed(result));
            if (engine.CountedFetches() is { } fetches) results.Note($"[{ActivityText.Describe(fetches)}]");
        }

        return Program.Done;
    }

    private static int Chat(Model model, RunRequest request, ResultWriter results)
    {
        using var engine = new InferenceEngine(model, request.Engine);
        return ChatSession.Run(engine, model, request with { Context = ChatContext(model, request) }, results);
    }

    private static int ChatContext(Model model, RunRequest request) => request.Context ?? Math.Min(UsualContext, model.Config.MaxPositionEmbeddings);

    /// <summary>"prompt 5 tokens, 120 tokens/s; text 64 tokens, 81.2 tokens/s".</summary>
    public static string Speed(GenerationResult result)
    {
        static string Rate(double? rate) => rate is { } value ? $", {Quantity.Number(value, 3)} tokens/s" : "";
        var end = result.FinishReason == FinishReason.ContextFull ? "; the context is full (--context)" : "";
        return $"[prompt {result.PromptTokens} tokens{Rate(result.PrefillTokensPerSecond)}; text {result.Tokens.Count} tokens{Rate(result.DecodeTokensPerSecond)}{end}]";
    }

    private static int ContextFor(Model model, RunRequest request, int prompt)
    {
        if (request.Context is { } asked) return asked;
        var longest = Math.Max(model.Config.MaxPositionEmbeddings, prompt + 1);
        return request.Generation.MaxTokens > 0 ? (int)Math.Min((long)prompt + request.Generation.MaxTokens, longest) : Math.Min(longest, Math.Max(UsualContext, prompt + 1));
    }

    private static void WarnOfContext(Model model, RunRequest request, ResultWriter results)
    {
        if (request.Context > model.Config.MaxPositionEmbeddings)
            results.Note($"pare: a context of {request.Context} tokens is longer than the {model.Config.MaxPositionEmbeddings} that the model was made for; expect worse text beyond them");
    }

    /// <summary>Shows what the run would take; a prompt of 0 tokens stands for a chat.</summary>
    private static int ShowPlan(Model model, RunRequest request, int prompt, ResultWriter results)
    {
        var context = prompt == 0 ? ChatContext(model, request) : ContextFor(model, request, prompt);
        using var machine = MachineSpeed.Measure(request.Engine.Threads);
        var outline = ModelOutline.Of(model);
        var parts = new MemoryParts(outline);
        var room = Math.Max(context - prompt, 0);
        var tokens = request.Generation.MaxTokens > 0 ? Math.Min(request.Generation.MaxTokens, room) : room;
        PlanText.Show(new WorkPlan
        {
            What = $"run {model.Path} with a context of {context} tokens",
            MemoryBytes = Math.Min(parts.Weights, request.Engine.MemoryBytes ?? long.MaxValue) + parts.Cache(context, request.Engine.KvCacheType) + parts.Activations(Math.Min(context, TextGenerator.PrefillStep)),
            DiskBytes = 0,
            Seconds = machine.PrefillSeconds(outline, prompt) + machine.DecodeSeconds(outline, tokens),
            Notes = [$"{Quantity.Bytes(parts.Weights)} of weights, {Quantity.Bytes(parts.Cache(context, request.Engine.KvCacheType))} of keys and values when the context is full", $"time is for a prompt of {prompt} tokens and {tokens} generated ones"],
        }, results);
        return Program.Done;
    }

    private static JsonObject ToJson(GenerationResult result, RunRequest request, FetchCounts? fetches)
    {
        var json = new JsonObject
        {
            ["text"] = result.Text,
            ["finishReason"] = char.ToLowerInvariant(result.FinishReason.ToString()[0]) + result.FinishReason.ToString()[1..],
            ["promptTokens"] = result.PromptTokens,
            ["tokens"] = result.Tokens.Count,
            ["tokenIds"] = new JsonArray([.. result.Tokens.Select(token => JsonValue.Create(token))]),
            ["seed"] = request.Generation.Sampler.Seed,
            ["prefillSeconds"] = result.PrefillSeconds,
            ["decodeSeconds"] = result.DecodeSeconds,
        };
        if (result.PrefillTokensPerSecond is { } prefill) json["prefillTokensPerSecond"] = prefill;
        if (result.DecodeTokensPerSecond is { } decode) json["decodeTokensPerSecond"] = decode;
        if (fetches is not null) json["fetches"] = ActivityText.ToJson(fetches);
        if (Evaluation.ResidentMemory.Peak() is { } peak) json["peakResidentBytes"] = peak;
        return json;
    }
}
