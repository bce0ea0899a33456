using Pare.Evaluation;
using Pare.Models;
using Pare.Runtime;

// Loads a model, measures it on a text, and lets it continue a story.
// dotnet run --project samples/Quickstart [MODEL [TEXT]], from the root of the repository.
var path = args.Length > 0 ? args[0] : Path.Combine("models", "stories260K");
var text = args.Length > 1 ? args[1] : Path.Combine("models", "stories.txt");

// Opening maps the files; nothing is read until it is used.
using var model = Model.Open(path);
Console.WriteLine($"{model.Config.Architecture} with {model.Config.Layers.Count} layers, {model.WeightBytes:N0} bytes of weights");

// An engine runs one sequence of work at a time, on as many threads as there are processors.
using var engine = new InferenceEngine(model);

// Perplexity over windows without overlap.
var window = Math.Min(256, model.Config.MaxPositionEmbeddings);
var windows = TokenWindows.FromText(model.Tokenizer, text, TextProtocol.Plain, window, maxWindows: 8);
var result = new PerplexityEvaluator(model, engine).Evaluate(windows);
Console.WriteLine($"perplexity {result.Perplexity:F3} over {result.Tokens} tokens, {result.BitsPerByte:F3} bits per byte");

// A continuation, written as it is generated.
using var generator = new TextGenerator(engine, model);
var options = new GenerationOptions { MaxTokens = 80, Sampler = new SamplerOptions { Temperature = 0.8f, TopP = 0.9f, Seed = 7 } };
const string Prompt = "Once upon a time, there was a small dog";
Console.Write(Prompt);
var story = generator.Generate(model.Tokenizer.Encode(Prompt), options, Console.Write);
Console.WriteLine($"\n[{story.FinishReason}, {story.DecodeTokensPerSecond:F0} tokens/s]");
