using System.Text;
using System.Text.Json;
using Pare.Tokenization;

namespace Pare.Interop.Tests.Tokenization;

/// <summary>Holds the Unicode forms to those of node's ICU, for every character and for random sequences.</summary>
public class NormalizationInteropTests
{
    [InteropFact]
    public void Every_character_and_random_sequences_have_the_forms_of_ICU()
    {
        var texts = new List<string>();
        var line = new StringBuilder();
        for (var rune = 0xA0; rune < 0x30000; rune++)
        {
            if (rune is >= 0xD800 and < 0xE000 || (rune >= 0x3400 && rune < 0xA000 && rune % 64 != 0)) continue;
            line.Append(char.ConvertFromUtf32(rune)).Append('|');
            if (rune % 64 != 63) continue;
            texts.Add(line.ToString());
            line.Clear();
        }

        var pool = UnicodeData.Instance.Canonical.Values.SelectMany(parts => parts).Concat(UnicodeData.Instance.Canonical.Keys).ToArray();
        var random = new Random(11);
        for (var i = 0; i < 2_000; i++) texts.Add(string.Concat(Enumerable.Range(0, 10).Select(_ => char.ConvertFromUtf32(pool[random.Next(pool.Length)]))));
        var answers = NodeScript.Run("normalize.mjs", string.Join('\n', texts.Select(text => JsonSerializer.Serialize(text))) + "\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // Node may know characters that came after our table's Unicode 17, or lack those of 15 to 17: it says its version first.
        var version = int.Parse(answers[0], System.Globalization.CultureInfo.InvariantCulture);
        answers = answers[1..];
        NormalizationForm[] forms = [NormalizationForm.FormC, NormalizationForm.FormD, NormalizationForm.FormKC, NormalizationForm.FormKD];
        var differences = new List<string>();
        for (var i = 0; i < texts.Count; i++)
        {
            if (version != 17 && texts[i].EnumerateRunes().Any(rune => rune.Value is >= 0x10000 or (>= 0xA7C0 and < 0xA7F2))) continue;
            var expected = JsonSerializer.Deserialize<string[]>(answers[i])!;
            for (var form = 0; form < forms.Length; form++)
            {
                var found = UnicodeForms.Normalize(texts[i], forms[form]);
                if (found != expected[form]) differences.Add($"{forms[form]} {JsonSerializer.Serialize(texts[i])}\nexpected {JsonSerializer.Serialize(expected[form])}\nfound    {JsonSerializer.Serialize(found)}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n" + string.Join('\n', differences.Take(10)));
    }
}
