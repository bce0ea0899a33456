using System.Text;
using Pare.Formats;
using Pare.Models;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Models;

public sealed class ConfigMutationTests
{
    [Fact]
    public void Two_thousand_damaged_configurations_give_a_model_or_the_one_exception()
    {
        const int Files = 2_000;
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["model.safetensors", "tokenizer.model"])
            File.Copy(SharedFiles.InRepository("models", "stories260K", name), folder.File(name));
        var original = File.ReadAllText(SharedFiles.InRepository("models", "stories260K", "config.json"));
        var lines = original.Split('\n');
        var (opened, refused) = (0, 0);
        for (var seed = 0; seed < Files; seed++)
        {
            File.WriteAllBytes(folder.File("config.json"), Damage(new Mutator(seed), original, lines));
            try
            {
                using var model = Model.Open(folder.Path);
                opened++;
            }
            catch (ModelFormatException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }

        Assert.True(opened > Files / 20 && refused > Files / 20, $"{opened} were opened, {refused} were refused");
    }

    [Fact]
    public void A_key_that_stands_twice_in_the_configuration_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), "{\"hidden_size\":64,\"rope_scaling\":{\"type\":\"linear\",\"type\":\"yarn\"}}");

        var error = Assert.Throws<ModelFormatException>(() => Model.Open(folder.Path));

        Assert.Equal(folder.File("config.json"), error.File);
        Assert.Contains("'type' stands twice", error.Message, StringComparison.Ordinal);
    }

    // Bytes at random, whole lines moved or repeated, or a value of another kind.
    private static byte[] Damage(Mutator mutator, string original, string[] lines)
    {
        if (mutator.Chance(0.3)) return mutator.Damage(Encoding.UTF8.GetBytes(original), original.Length);
        var changed = lines.ToList();
        var at = 1 + mutator.Below(lines.Length - 2);
        var colon = changed[at].IndexOf(':', StringComparison.Ordinal);
        if (mutator.Chance(0.2) || colon < 0)
        {
            changed.Insert(at, changed[1 + mutator.Below(lines.Length - 2)]);
        }
        else
        {
            string[] values = ["null", "true", "[]", "{}", "[1, 2]", "\"\"", "\"x\"", "0", "-1", "0.5", "1e400", "1e-400", "99999999999999999999", mutator.Interesting().ToString()];
            changed[at] = $"{changed[at][..colon]}: {values[mutator.Below(values.Length)]}{(changed[at].TrimEnd().EndsWith(',') ? "," : "")}";
        }

        return Encoding.UTF8.GetBytes(string.Join('\n', changed));
    }
}
