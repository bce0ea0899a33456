using System.Text;
using System.Text.Json;
using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class BoundedJsonMutationTests
{
    [Fact]
    public void Every_text_of_twenty_thousand_damaged_documents_can_be_read_or_the_document_is_refused()
    {
        var original = Encoding.UTF8.GetBytes("""{"model":{"vocab":{"<s>":0,"Ġthe":1,"\u0120a":2,"\ud83d\ude00":3,"é":4},"merges":["a b",["c","d"]]},"deep":[[[[[[1,2.5e-3,true,null]]]]]],"text":"line\n\"quoted\" \u00e9"}""");
        int opened = 0, refused = 0;

        for (var seed = 0; seed < 20_000; seed++)
        {
            try
            {
                using var document = BoundedJson.Parse("hostile", new Mutator(seed).Damage(original, original.Length), maxDepth: 12);
                Walk(document.RootElement);
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

        Assert.True(opened > 200 && refused > 200, $"{opened} documents were read, {refused} were refused");
    }

    [Fact]
    public void Twenty_thousand_damaged_indexes_name_only_files_of_their_folder_or_are_refused()
    {
        var original = Encoding.UTF8.GetBytes("""{"metadata":{"total_size":8},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","\u00e9":"x..y","d":"..z"}}""");
        int opened = 0, refused = 0;

        for (var seed = 0; seed < 20_000; seed++)
        {
            try
            {
                using var document = BoundedJson.Parse("hostile", new Mutator(seed).Damage(original, original.Length));
                foreach (var shard in SafetensorsIndex.Read("hostile", document.RootElement).Values)
                {
                    Assert.Equal("/folder", Path.GetDirectoryName(Path.GetFullPath(Path.Combine("/folder", shard))));
                }

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

        Assert.True(opened > 200 && refused > 200, $"{opened} indexes were read, {refused} were refused");
    }

    private static void Walk(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    Assert.NotNull(property.Name);
                    Walk(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) Walk(item);
                break;
            case JsonValueKind.String:
                Assert.NotNull(element.GetString());
                break;
            case JsonValueKind.Number:
                Assert.NotNull(element.GetRawText());
                break;
            default:
                break;
        }
    }
}
