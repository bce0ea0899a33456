using System.Text.RegularExpressions;
using Pare.TestSupport;

namespace Pare.Tests;

/// <summary>The folders of the library are layers: each uses only those before it.</summary>
public sealed partial class LayerTests
{
    private static readonly string[] Layers =
        ["Numerics", "Formats", "Tokenization", "Models", "Runtime", "Training", "Evaluation", "Calibration", "Compression", "Search", "Reports"];

    [Fact]
    public void No_layer_uses_a_later_one()
    {
        var root = SharedFiles.InRepository("src", "Pare");
        var upward = new List<string>();
        foreach (var folder in Directory.GetDirectories(root).Select(Path.GetFileName).Where(name => name is not ("bin" or "obj")))
        {
            var layer = Array.IndexOf(Layers, folder);
            Assert.True(layer >= 0, $"src/Pare/{folder} is no layer; name it in this list and in docs/architecture.md");
            foreach (var file in Directory.GetFiles(Path.Combine(root, folder!), "*.cs", SearchOption.AllDirectories))
            {
                foreach (Match use in Names().Matches(File.ReadAllText(file)))
                {
                    if (Array.IndexOf(Layers, use.Groups[1].Value) > layer) upward.Add($"{Path.GetRelativePath(root, file)} uses Pare.{use.Groups[1].Value}");
                }
            }
        }

        Assert.Empty(upward);
    }

    [GeneratedRegex(@"\bPare\.([A-Z][A-Za-z]+)")]
    private static partial Regex Names();
}
