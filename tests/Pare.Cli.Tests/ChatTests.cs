using Pare.TestSupport;

namespace Pare.Cli.Tests;

public sealed class ChatTests
{
    [SharedFact]
    public async Task A_chat_remembers_until_it_is_reset()
    {
        var model = SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        var run = await PareRun.WithInput("Say hello.\n/what\nAnd once more.\n/reset\n/exit\nnever read\n", "run", model, "-n", "4", "--context", "256", "--system", "You are brief.");
        Assert.Equal(0, run.Code);
        Assert.Equal(2, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("/what is not known", run.Error, StringComparison.Ordinal);
        Assert.Contains("the conversation is forgotten", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, run.Error.Split("tokens/s]").Length - 1);
    }

    [SharedFact]
    public async Task A_single_message_goes_through_the_template()
    {
        var model = SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        var plain = await PareRun.Of("run", model, "-p", "Hi", "-n", "2", "--json");
        var chat = await PareRun.Of("run", model, "-p", "Hi", "-n", "2", "--chat", "--json");
        Assert.True(chat.Code == 0, chat.Error);
        Assert.True(chat.Json["promptTokens"]!.GetValue<int>() > plain.Json["promptTokens"]!.GetValue<int>() + 5);
    }
}
