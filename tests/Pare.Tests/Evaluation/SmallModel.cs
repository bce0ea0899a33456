using Pare.Evaluation;
using Pare.Models;
using Pare.Runtime;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Evaluation;

/// <summary>The repository's sample model, an engine over it, and a text.</summary>
internal sealed class SmallModel : IDisposable
{
    public const string Story = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big dog.\nThe dog was sad.\n";

    private readonly TemporaryFolder _folder = new();

    public SmallModel(int threads = 1)
    {
        Model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        Engine = new InferenceEngine(Model, new EngineOptions { Threads = threads });
    }

    public Model Model { get; }

    public InferenceEngine Engine { get; }

    public string Folder => _folder.Path;

    /// <summary>Windows over the story, told several times.</summary>
    public TokenWindows Windows(int window, int? count = null) =>
        TokenWindows.FromText(Model.Tokenizer, Write("story.txt", string.Concat(Enumerable.Repeat(Story, 8))), TextProtocol.Plain, window, count);

    public string Write(string name, string content) => _folder.Write(name, content);

    public void Dispose()
    {
        Engine.Dispose();
        Model.Dispose();
        _folder.Dispose();
    }
}
