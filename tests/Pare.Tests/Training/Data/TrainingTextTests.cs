using System.Text.Json;
using Pare.Formats;
using Pare.TestSupport;
using Pare.Tokenization;
using Pare.Training;
using static Pare.Tests.Training.TrainingFiles;

namespace Pare.Tests.Training;

public class TrainingTextTests
{
    [Fact]
    public void A_whole_file_is_one_document_and_documents_end_with_the_end_of_text_token()
    {
        using var files = new TrainingFiles().Add("a.txt", "hello world").Add("b.text", "hello\n</s>");
        Assert.Equal([Bos, Hello, World, Eos, Bos, Hello, 10, Eos], files.Targets());
    }

    [Theory]
    [InlineData(PlainTextRule.Lines, new[] { Bos, Hello, Eos, Bos, Hello, World, Eos, Bos, Hello, Eos, Bos, Hello, Eos })]
    [InlineData(PlainTextRule.Paragraphs, new[] { Bos, Hello, 13, 10, Hello, World, Eos, Bos, Hello, 10, Hello, Eos })]
    public void Lines_and_paragraphs_can_be_documents(PlainTextRule rule, int[] expected)
    {
        using var files = new TrainingFiles().Add("a.txt", "\nhello\r\nhello world\r\n \r\n\nhello\nhello");
        Assert.Equal(expected, files.Targets(rule));
    }

    [Fact]
    public void Json_lines_are_documents()
    {
        using var files = new TrainingFiles().Add("a.jsonl", "{\"text\": \"hello world\"}\n\n{\"id\": 3, \"text\": \"hello\"}\r\n").Add("b.ndjson", "{\"text\":\"hello\"}");
        Assert.Equal([Bos, Hello, World, Eos, Bos, Hello, Eos, Bos, Hello, Eos], files.Targets());
    }

    [Fact]
    public void Without_a_template_a_prompt_and_its_completion_are_one_text_of_which_the_completion_is_learned()
    {
        using var files = new TrainingFiles().Add("a.jsonl", "{\"prompt\":\"hello\",\"completion\":\" world\"}\n{\"prompt\":\"hello\",\"completion\":\" world\"}");
        Assert.Equal([Bos, -1, World, Eos, -1, -1, World, Eos], files.Targets());
    }

    [Fact]
    public void A_token_that_reaches_from_the_prompt_into_the_completion_is_learned()
    {
        using var files = new TrainingFiles().Add("a.jsonl", "{\"prompt\":\"hello hel\",\"completion\":\"lo\"}");
        // "hello hello": the second word begins with the blank, which no merge takes.
        Assert.Equal([Bos, -1, -1, Hello, Eos], files.Targets());
    }

    [Fact]
    public void With_a_template_prompt_and_completion_are_a_users_and_the_assistants_message()
    {
        using var files = new TrainingFiles().With(Make(Template, "</s>")).Add("a.jsonl", "{\"prompt\":\"hello\",\"completion\":\"hello world\"}");
        var expected = files.Tokenizer.Encode("<s>user:hello</s><s>assistant:hello world</s>", addSpecialTokens: false);
        var targets = files.Targets();
        Assert.Equal(expected.Length, targets.Length);
        Assert.Equal([Hello, World, Eos], targets[^3..]);
        Assert.All(targets[1..^3], target => Assert.Equal(-1, target));
        var inputs = new int[expected.Length - 1];
        files.Load(inputs.Length).Read(0, inputs, new int[inputs.Length]);
        Assert.Equal(expected[..^1], inputs);
    }

    [Fact]
    public void Of_a_conversation_every_answer_is_learned_and_nothing_else()
    {
        var messages = new[] { ("system", "be brief"), ("user", "hello?"), ("assistant", "hello world"), ("user", "and now"), ("assistant", "bye"), ("user", "thanks") };
        var line = JsonSerializer.Serialize(new { messages = messages.Select(message => new { role = message.Item1, content = message.Item2 }) });
        using var files = new TrainingFiles().With(Make(Template, "</s>")).Add("a.jsonl", line + "\n" + line);
        var learned = files.Targets()[1..].Where(target => target >= 0).ToArray();
        Assert.Equal("hello world</s>bye</s>hello world</s>bye</s>", files.Tokenizer.Decode(learned));
    }

    [Theory]
    [InlineData("a.jsonl", "{\"text\":\"hello\"}\n{\"text\":3}", "line 2.text: text was expected, a number was found")]
    [InlineData("a.jsonl", "{\"text\":\"hello\"}\n\n{\"text\":\"hello\"", "line 3: is no valid JSON")]
    [InlineData("a.jsonl", "[1]", "line 1: a JSON object was expected, an array was found")]
    [InlineData("a.jsonl", "{\"content\":\"x\",\"id\":1}", "line 1: has neither text, nor prompt and completion, nor messages; it has content, id")]
    [InlineData("a.jsonl", "{\"prompt\":\"x\"}", "line 1.completion: text was expected, nothing was found")]
    [InlineData("a.jsonl", "{\"prompt\":\"x\",\"completion\":\"\"}", "line 1.completion: is empty")]
    [InlineData("a.jsonl", "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "line 1.messages: has no message of the assistant")]
    [InlineData("a.jsonl", "{\"messages\":[{\"role\":\"assistant\",\"content\":\"x\"}]}", "line 1.messages: begins with the assistant's message")]
    [InlineData("a.jsonl", "{\"messages\":[{\"role\":\"user\"}]}", "line 1.messages[0].content: text was expected, nothing was found")]
    [InlineData("a.jsonl", "\n \n", "holds no text to train on")]
    [InlineData("a.txt", "", "holds no text to train on")]
    public void What_cannot_be_read_is_named_by_file_and_line(string name, string content, string message)
    {
        using var files = new TrainingFiles().With(Make(Template, "</s>")).Add("good.txt", "hello").Add(name, content);
        var problem = Assert.Throws<ModelFormatException>(() => files.Load());
        Assert.Contains($"{name}: {message}", problem.Message, StringComparison.Ordinal);
        Assert.Equal(files.Files[1], problem.File);
    }

    [Fact]
    public void Messages_need_a_template_and_one_that_does_not_rewrite_what_was_said()
    {
        const string Line = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"},{\"role\":\"user\",\"content\":\"c\"},{\"role\":\"assistant\",\"content\":\"d\"}]}";
        using var files = new TrainingFiles().Add("a.jsonl", Line);
        Assert.Contains("the model has no chat template", Assert.Throws<ModelFormatException>(() => files.Load()).Message, StringComparison.Ordinal);

        files.With(Make("{% for m in messages %}<s>{{ m.content }}{% if loop.last and m.role == 'assistant' %}!{% endif %}</s>{% endfor %}", "</s>"));
        Assert.Contains("the chat template writes message 1 otherwise at the end of a conversation", Assert.Throws<ModelFormatException>(() => files.Load()).Message, StringComparison.Ordinal);

        files.With(Make("{{ raise_exception('no system here') }}", "</s>"));
        var refused = Assert.Throws<ModelFormatException>(() => files.Load());
        Assert.Contains("line 1.messages: the chat template does not take it", refused.Message, StringComparison.Ordinal);
        Assert.Contains("no system here", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Documents_need_an_end_of_text_token_and_whole_files_do_not()
    {
        using var files = new TrainingFiles().With(Make(null, null)).Add("a.txt", "hello world\n\nhello");
        Assert.Equal([Bos, Hello, World, 10, 10, Hello], files.Targets());
        Assert.Contains("the tokenizer has none", Assert.Throws<ModelFormatException>(() => files.Load(1, PlainTextRule.Lines)).Message, StringComparison.Ordinal);
        files.Add("b.jsonl", "{\"text\":\"hello\"}");
        Assert.Contains("b.jsonl: its documents are to be separated", Assert.Throws<ModelFormatException>(() => files.Load()).Message, StringComparison.Ordinal);
    }

    [SharedFact]
    public void A_published_chat_template_is_learned_from_the_answer_on()
    {
        var tokenizer = TokenizerLoader.Load(SharedFiles.Path("tokenizers", "smollm2"));
        using var files = new TrainingFiles().With(tokenizer).Add("a.jsonl", "{\"prompt\":\"What is the capital of France?\",\"completion\":\"Paris is.\"}");
        var whole = tokenizer.EncodeChat([new("user", "What is the capital of France?"), new("assistant", "Paris is.")], addGenerationPrompt: false);
        var dataset = files.Load(whole.Length - 1, vocabulary: tokenizer.VocabularySize);
        var (inputs, targets) = (new int[whole.Length - 1], new int[whole.Length - 1]);
        dataset.Read(0, inputs, targets);
        Assert.Equal(whole[..^1], inputs);
        Assert.Equal("Paris is.<|im_end|>\n", tokenizer.Decode(targets.Where(target => target >= 0).ToArray()));
        Assert.Equal("<|im_start|>assistant\n", tokenizer.Decode(inputs)[..^"Paris is.<|im_end|>".Length][^"<|im_start|>assistant\n".Length..]);
    }
}
