using System.Text;

namespace Pare.Tokenization;

/// <summary>The Unicode normalization forms (UAX #15). The runtime's own do nothing in a program with invariant globalization.</summary>
internal static class UnicodeForms
{
    // Hangul syllables are computed: S = (L · 21 + V) · 28 + T.
    private const int SyllableFirst = 0xAC00, LeadFirst = 0x1100, VowelFirst = 0x1161, TrailFirst = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28, SyllableCount = LeadCount * VowelCount * TrailCount;

    /// <summary>The text in a form; the same object where the text is ASCII.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        // Nothing below U+0300 changes under composition, nothing below U+00A0 (U+00C0 canonically) under decomposition.
        var unchanged = form == NormalizationForm.FormC ? '\u02FF' : '\u009F';
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', unchanged) < 0) return text;
        var compatible = form is NormalizationForm.FormKC or NormalizationForm.FormKD;
        var runes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, compatible, runes);
        Order(runes);
        if (form is NormalizationForm.FormC or NormalizationForm.FormKC) Compose(runes);
        var result = new StringBuilder(runes.Count + 16);
        foreach (var value in runes)
        {
            if (value < 0x10000) result.Append((char)value);
            else result.Append(char.ConvertFromUtf32(value));
        }

        return result.ToString();
    }

    private static void Decompose(int rune, bool compatible, List<int> output)
    {
        if (rune < 0xA0)
        {
            output.Add(rune);
            return;
        }

        var syllable = rune - SyllableFirst;
        if ((uint)syllable < SyllableCount)
        {
            output.Add(LeadFirst + (syllable / (VowelCount * TrailCount)));
            output.Add(VowelFirst + (syllable % (VowelCount * TrailCount) / TrailCount));
            if (syllable % TrailCount != 0) output.Add(TrailFirst + (syllable % TrailCount));
            return;
        }

        var data = UnicodeData.Instance;
        if (!data.Canonical.TryGetValue(rune, out var parts) && !(compatible && data.Compatible.TryGetValue(rune, out parts)))
        {
            output.Add(rune);
            return;
        }

        foreach (var part in parts) Decompose(part, compatible, output);
    }

    /// <summary>Sorts each run of combining characters by class, keeping the order of equals.</summary>
    private static void Order(List<int> runes)
    {
        var data = UnicodeData.Instance;
        for (var i = 0; i < runes.Count; i++)
        {
            if (data.CombiningClass(runes[i]) == 0) continue;
            var start = i;
            while (i < runes.Count && data.CombiningClass(runes[i]) != 0) i++;
            if (i - start < 2) continue;
            var run = runes.GetRange(start, i - start).OrderBy(data.CombiningClass).ToArray();
            for (var k = 0; k < run.Length; k++) runes[start + k] = run[k];
        }
    }

    private static void Compose(List<int> runes)
    {
        var data = UnicodeData.Instance;
        var (kept, starter, lastClass) = (0, -1, -1);
        foreach (var rune in runes.ToArray())
        {
            var combining = data.CombiningClass(rune);
            // A character composes with the last starter unless one of its class or higher, or another starter, stands between.
            if (starter >= 0 && lastClass < combining | (lastClass == -1) && TryCompose(runes[starter], rune, out var composed))
            {
                runes[starter] = composed;
                continue;
            }

            if (combining == 0)
            {
                starter = kept;
                lastClass = -1;
            }
            else
            {
                lastClass = combining;
            }

            runes[kept++] = rune;
        }

        runes.RemoveRange(kept, runes.Count - kept);
    }

    private static bool TryCompose(int first, int second, out int composed)
    {
        var lead = first - LeadFirst;
        var vowel = second - VowelFirst;
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
        {
            composed = SyllableFirst + (((lead * VowelCount) + vowel) * TrailCount);
            return true;
        }

        var syllable = first - SyllableFirst;
        var trail = second - TrailFirst;
        if ((uint)syllable < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            composed = first + trail;
            return true;
        }

        return UnicodeData.Instance.Compositions.TryGetValue((first, second), out composed);
    }
}
