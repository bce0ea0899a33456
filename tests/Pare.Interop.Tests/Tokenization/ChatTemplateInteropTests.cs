using System.Text.Json;
using Pare.Tokenization;

namespace Pare.Interop.Tests.Tokenization;

/// <summary>Holds the template interpreter to @huggingface/jinja, over templates in the manner of every shipped family.</summary>
public class ChatTemplateInteropTests
{
    private static readonly ChatMessage[][] Conversations =
    [
        [new("user", "Hi there")],
        [new("system", " Be brief. \n"), new("user", "What's 2 + 2?"), new("assistant", "4\n"), new("user", " And 'three' \"times\" 3? ")],
        [new("user", "Ünïcode 日本 😀"), new("assistant", "<think>\nHm.\n</think>\n\nYes."), new("user", "x\ny")],
    ];

    [InteropFact]
    public void Templates_write_what_the_reference_interpreter_writes()
    {
        var requests = new List<string>();
        var ours = new List<string>();
        foreach (var template in ChatTemplateSamples.All)
        {
            foreach (var messages in Conversations)
            {
                foreach (var prompt in (bool[])[false, true])
                {
                    var context = new Dictionary<string, object?>
                    {
                        ["messages"] = messages.Select(message => new { role = message.Role, content = message.Content }).ToArray(),
                        ["add_generation_prompt"] = prompt,
                        ["bos_token"] = "<s>",
                        ["eos_token"] = "</s>",
                    };
                    requests.Add(JsonSerializer.Serialize(new { template, context }));
                    ours.Add(Render(template, messages, prompt));
                }
            }
        }

        Compare(requests, ours);
    }

    [InteropFact]
    public void Expressions_have_the_values_that_the_reference_interpreter_gives()
    {
        var requests = new List<string>();
        var ours = new List<string>();
        foreach (var expression in ChatTemplateSamples.Expressions)
        {
            var template = "{%- set d = {'a': 1, 'b': [1, 2, {'c': 'x'}], 'n': none} -%}{%- set s = ' Some Text here ' -%}{%- set l = [3, 1, 2] -%}[{{ (" + expression + ") | tojson }}]";
            requests.Add(JsonSerializer.Serialize(new { template, context = new { messages = Conversations[1].Select(message => new { role = message.Role, content = message.Content }).ToArray() } }));
            ours.Add(Render(template, Conversations[1], false));
        }

        Compare(requests, ours);
    }

    private static string Render(string template, ChatMessage[] messages, bool prompt)
    {
        try
        {
            return ChatTemplate.Parse(template).Apply(messages, prompt, "<s>", "</s>");
        }
        catch (ChatTemplateException problem)
        {
            return "error: " + problem.Message;
        }
    }

    private static void Compare(List<string> requests, List<string> ours)
    {
        var theirs = NodeScript.Run("render-template.mjs", string.Join('\n', requests) + "\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(requests.Count, theirs.Length);
        var differences = new List<string>();
        for (var i = 0; i < requests.Count; i++)
        {
            using var result = JsonDocument.Parse(theirs[i]);
            var isEqual = result.RootElement.TryGetProperty("text", out var text) ? text.GetString() == ours[i] : ours[i].StartsWith("error: ", StringComparison.Ordinal);
            if (!isEqual) differences.Add($"{requests[i]}\nexpected: {theirs[i]}\nfound: {ours[i]}");
        }

        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }
}
