using Pare.Models;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Tests.Runtime.Generation;

public sealed class TextGeneratorTests : IDisposable
{
    // What the model's author recorded with his own program: greedy, from the beginning-of-text token alone.
    private const string Recorded =
        "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. She wanted to play with it, but it was too high.\n"
        + "Lily's mom said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do. She said, \"I want to play with your ball, but I can't find it.\"\n"
        + "Lily was sad and didn't know what to do. She said, \"I'm sorry, Lily. I didn't know what to do.\"\n";

    private readonly Model _model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
    private readonly InferenceEngine _engine;
    private readonly TextGenerator _generator;

    public TextGeneratorTests()
    {
        _engine = new InferenceEngine(_model, new EngineOptions { Threads = 2 });
        _generator = new TextGenerator(_engine, _model);
    }

    public void Dispose()
    {
        _generator.Dispose();
        _engine.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void The_sample_model_tells_the_story_that_its_author_recorded()
    {
        var result = _generator.Generate([1], new GenerationOptions { MaxTokens = 220 });
        Assert.StartsWith(Recorded, result.Text, StringComparison.Ordinal);
        Assert.Equal(FinishReason.MaxTokens, result.FinishReason);
        Assert.Equal(220, result.Tokens.Count);
    }

    [Fact]
    public void Pieces_joined_are_the_text()
    {
        var prompt = _generator.Tokenizer.Encode("Once upon a time");
        var pieces = new List<string>();
        var result = _generator.Generate(prompt, new GenerationOptions { MaxTokens = 40 }, pieces.Add);
        Assert.Equal(result.Text, string.Concat(pieces));
        Assert.True(pieces.Count > 20);
        Assert.StartsWith(", there was a little girl named Lily.", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stream_gives_the_same_text()
    {
        var prompt = _generator.Tokenizer.Encode("Tom and");
        var options = new GenerationOptions { MaxTokens = 30, Sampler = new SamplerOptions { Temperature = 1, Seed = 5 } };
        var expected = _generator.Generate(prompt, options).Text;
        var pieces = new List<string>();
        await foreach (var piece in _generator.StreamAsync(prompt, options)) pieces.Add(piece);
        Assert.Equal(expected, string.Concat(pieces));
    }

    [Fact]
    public void A_prompt_that_goes_on_from_the_last_one_is_run_from_where_it_differs()
    {
        var first = _generator.Tokenizer.Encode("Once upon a time");
        var options = new GenerationOptions { MaxTokens = 12 };
        var turn = _generator.Generate(first, options);
        int[] second = [.. first, .. turn.Tokens.Take(11), .. _generator.Tokenizer.Encode(" and then", addSpecialTokens: false)];
        var warm = _generator.Generate(second, options);
        Assert.Equal(first.Length + 11, warm.CachedPromptTokens);

        using var cold = new TextGenerator(_engine, _model);
        Assert.Equal(cold.Generate(second, options).Tokens, warm.Tokens);
    }

    [Fact]
    public void Generation_ends_at_stop_strings_stop_tokens_and_the_context()
    {
        var prompt = _generator.Tokenizer.Encode("Once upon a time");
        var stopped = _generator.Generate(prompt, new GenerationOptions { MaxTokens = 0, StopStrings = ["She loved"] });
        Assert.Equal(FinishReason.StopString, stopped.FinishReason);
        Assert.EndsWith("named Lily. ", stopped.Text, StringComparison.Ordinal);

        using var small = new TextGenerator(_engine, _model, contextLength: 20);
        var full = small.Generate(prompt, new GenerationOptions { MaxTokens = 0 });
        Assert.Equal(FinishReason.ContextFull, full.FinishReason);
        Assert.Equal(20, full.PromptTokens + full.Tokens.Count);
        Assert.Contains("leaves no room in a context of 20", Assert.Throws<ArgumentException>(() => small.Generate(new int[20])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_generation_throws_and_leaves_the_generator_usable()
    {
        var prompt = _generator.Tokenizer.Encode("Once upon a time");
        using var source = new CancellationTokenSource();
        var pieces = 0;
        Assert.Throws<OperationCanceledException>(() => _generator.Generate(prompt, new GenerationOptions(), _ =>
        {
            if (++pieces == 3) source.Cancel();
        }, source.Token));
        Assert.Equal(3, pieces);
        Assert.StartsWith(", there was", _generator.Generate(prompt, new GenerationOptions { MaxTokens = 8 }).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_prompt_is_refused() => Assert.Throws<ArgumentException>(() => _generator.Generate([]));
}
