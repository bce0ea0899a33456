using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class GgufMutationTests
{
    private static readonly uint[] s_types = [0, 1, 2, 3, 6, 7, 8, 10, 11, 12, 13, 14, 20, 24, 25, 26, 27, 28, 30];

    [Fact]
    public void Twenty_thousand_damaged_files_open_soundly_or_are_refused()
    {
        var builder = new GgufBytes { DataBytes = 40 * 32 }
            .Value("general.architecture", 8, GgufBytes.Text("llama")).Value("general.alignment", 4, 32, 0, 0, 0).Value("llama.rope.freq_base", 6, BitConverter.GetBytes(1e4f))
            .Value("flag", 7, 1).Value("u64", 10, BitConverter.GetBytes(5UL))
            .Array("tokenizer.ggml.tokens", 8, 4, [.. GgufBytes.Text("<s>"), .. GgufBytes.Text("▁the"), .. GgufBytes.Text("\n"), .. GgufBytes.Text("")])
            .Array("tokenizer.ggml.scores", 6, 4, new byte[16]).Array("bools", 7, 3, 1, 0, 1)
            .Array("nested", 9, 2, [4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5, 6])
            .Tensor("token_embd.weight", 8, 0, 64, 4).Tensor("blk.0.attn_q.weight", 12, 288, 256, 2).Tensor("blk.0.attn_norm.weight", 0, 576, 64).Tensor("output.weight", 1, 832, 32, 7);
        var original = builder.Build();
        using (var file = GgufFile.Open("whole", original)) Assert.Equal(4, file.Tensors.Count);
        var hostile = new HostileFiles();

        for (var seed = 0; seed < 20_000; seed++) hostile.Try(seed, new Mutator(seed).Damage(original, builder.DataStart), Open);

        hostile.BothOutcomesOccurred(200);
    }

    [Fact]
    public void Ten_thousand_files_with_shifted_inflated_and_overlapping_tensors_open_soundly_or_are_refused()
    {
        var hostile = new HostileFiles();

        for (var seed = 0; seed < 10_000; seed++) hostile.Try(seed, Shifted(new Mutator(seed)), Open);

        hostile.BothOutcomesOccurred(500);
    }

    private static (IReadOnlyList<StoredTensor> Tensors, IDisposable File) Open(byte[] bytes)
    {
        var file = GgufFile.Open("hostile", bytes);
        return (file.InOrder, file);
    }

    private static byte[] Shifted(Mutator mutator)
    {
        var file = new GgufBytes { Version = mutator.Chance(0.5) ? 2u : 3u };
        if (mutator.Chance(0.1)) file.Value("general.alignment", 4, BitConverter.GetBytes((uint)(mutator.Chance(0.5) ? mutator.Interesting() : 1UL << mutator.Below(12))));
        if (mutator.Chance(0.1)) file.Array("a", (uint)mutator.Below(14), mutator.Chance(0.5) ? mutator.Interesting() : (ulong)mutator.Below(5), new byte[mutator.Below(64)]);
        var at = 0UL;
        for (var count = 1 + mutator.Below(5); count > 0; count--)
        {
            var type = mutator.Chance(0.05) ? (uint)mutator.Interesting() : s_types[mutator.Below(s_types.Length)];
            var (columns, rows) = (256UL * (ulong)mutator.Below(2), (ulong)mutator.Below(3));
            var bytes = GgmlTypes.TryParse(type, out var known) ? (ulong)known.RowBytes((long)columns) * rows : 32;
            var offset = mutator.Chance(0.05) ? mutator.Interesting() & ~31UL : mutator.Chance(0.05) && at >= 32 ? at - 32 : at;
            if (mutator.Chance(0.03)) rows = mutator.Interesting();
            if (mutator.Chance(0.03)) columns = mutator.Interesting();
            file.Tensor(mutator.Chance(0.03) ? "same" : $"t{count}", type, offset, columns, rows);
            at += (bytes + 31) / 32 * 32;
        }

        if (mutator.Chance(0.03)) file.TensorCount = mutator.Interesting();
        if (mutator.Chance(0.03)) file.ValueCount = mutator.Interesting();
        file.DataBytes = mutator.Chance(0.1) ? mutator.Below((int)at + 1) : (int)at;
        return file.Build();
    }
}
