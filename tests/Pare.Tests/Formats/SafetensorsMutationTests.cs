using System.Buffers.Binary;
using System.Text;
using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class SafetensorsMutationTests
{
    private static readonly string[] s_types = ["F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"];
    private static readonly int[] s_sizes = [8, 4, 2, 2, 1, 1, 8, 4, 2, 1, 8, 4, 2, 1, 1];

    [Fact]
    public void Twenty_thousand_damaged_files_open_soundly_or_are_refused()
    {
        var original = Whole();
        var directory = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(original);
        var hostile = new HostileFiles();

        for (var seed = 0; seed < 20_000; seed++) hostile.Try(seed, new Mutator(seed).Damage(original, directory), Open);

        hostile.BothOutcomesOccurred(200);
    }

    [Fact]
    public void Ten_thousand_files_with_shifted_inflated_and_overlapping_tensors_open_soundly_or_are_refused()
    {
        var hostile = new HostileFiles();

        for (var seed = 0; seed < 10_000; seed++) hostile.Try(seed, Shifted(new Mutator(seed)), Open);

        hostile.BothOutcomesOccurred(500);
    }

    [Fact]
    public void Ten_thousand_files_with_one_number_or_word_replaced_open_soundly_or_are_refused()
    {
        var original = Whole();
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(original);
        var header = Encoding.UTF8.GetString(original, 8, length);
        string[] words = ["[]", "{}", "null", "true", "-1", "1e3", "0.5", "\"\"", "\"F32\"", "[[[[]]]]", "\"\\ud800\"", "99999999999999999999999", new string('[', 5000), new string('9', 5000)];
        var hostile = new HostileFiles();

        for (var seed = 0; seed < 10_000; seed++)
        {
            var mutator = new Mutator(seed);
            var starts = Enumerable.Range(1, header.Length - 1).Where(i => char.IsDigit(header[i]) && !char.IsDigit(header[i - 1])).ToArray();
            var start = starts[mutator.Below(starts.Length)];
            var end = start;
            while (char.IsDigit(header[end])) end++;
            var replacement = mutator.Chance(0.5) ? $"{mutator.Interesting()}" : words[mutator.Below(words.Length)];
            hostile.Try(seed, SafetensorsBytes.Of(header[..start] + replacement + header[end..], original.Length - 8 - length), Open);
        }

        Assert.True(hostile.Refused > 5000);
    }

    private static (IReadOnlyList<StoredTensor> Tensors, IDisposable File) Open(byte[] bytes)
    {
        var file = SafetensorsFile.Open("hostile", bytes);
        return (file.InOrder, file);
    }

    private static byte[] Whole()
    {
        var header = new StringBuilder("""{"__metadata__":{"format":"pt","nöte":"\ud83d\ude00"}""");
        var at = 0;
        for (var i = 0; i < s_types.Length; i++)
        {
            header.Append(',').Append(SafetensorsBytes.Entry($"model.layers.{i}.weight", s_types[i], "3,5", at, at + 15 * s_sizes[i]));
            at += 15 * s_sizes[i];
        }

        return SafetensorsBytes.Of(header.Append("}  ").ToString(), at);
    }

    private static byte[] Shifted(Mutator mutator)
    {
        var entries = new List<string>();
        var at = 0;
        for (var count = 1 + mutator.Below(5); count > 0; count--)
        {
            var type = mutator.Below(s_types.Length);
            var (rows, columns) = (mutator.Below(4), mutator.Below(4));
            var bytes = rows * columns * s_sizes[type];
            object begin = mutator.Chance(0.05) ? mutator.Interesting() : mutator.Chance(0.05) ? at + mutator.Below(9) - 4 : at;
            object end = mutator.Chance(0.05) ? mutator.Interesting() : at + bytes;
            var shape = mutator.Chance(0.05) ? $"{mutator.Interesting()},{columns}" : $"{rows},{columns}";
            entries.Add(SafetensorsBytes.Entry(mutator.Chance(0.05) ? "same" : $"t{count}", s_types[type], shape, begin, end));
            at += bytes;
        }

        return SafetensorsBytes.Of("{" + string.Join(',', entries) + "}", mutator.Chance(0.1) ? mutator.Below(at + 8) : at);
    }
}
