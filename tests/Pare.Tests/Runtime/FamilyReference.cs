using System.Runtime.InteropServices;
using Pare.Formats;
using Pare.Models;
using Pare.TestSupport;

namespace Pare.Tests.Runtime;

/// <summary>A tiny model of ../shared/reference/families with what PyTorch made of it.</summary>
internal sealed class FamilyReference : IDisposable
{
    private readonly SafetensorsFile _expected;
    private readonly DirectoryInfo? _copy;

    public FamilyReference(string family, string config)
    {
        var folder = SharedFiles.Path("reference", "families", family);
        if (config != "config.json")
        {
            // The same weights under the older spelling of the configuration.
            _copy = Directory.CreateTempSubdirectory("pare-family-");
            File.Copy(Path.Combine(folder, config), Path.Combine(_copy.FullName, "config.json"));
            File.CreateSymbolicLink(Path.Combine(_copy.FullName, "model.safetensors"), Path.Combine(folder, "model.safetensors"));
        }

        Model = Model.Open(_copy?.FullName ?? folder);
        _expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
    }

    public Model Model { get; }

    public int[] Tokens(int sequence)
    {
        var all = Integers("input_ids");
        return all[(sequence * 40)..((sequence + 1) * 40)];
    }

    public int[] Integers(string name)
    {
        var tensor = _expected.Tensors[name];
        var values = new List<int>();
        for (long row = 0; row < tensor.Rows; row++)
        {
            var bytes = tensor.RowBytes(row);
            if (tensor.Type == ElementType.I64) foreach (var value in MemoryMarshal.Cast<byte, long>(bytes)) values.Add((int)value);
            else values.AddRange(MemoryMarshal.Cast<byte, int>(bytes));
        }

        return [.. values];
    }

    /// <summary>The recorded logits of both sequences, [2 · 40, vocabulary].</summary>
    public double[] Logits()
    {
        var tensor = _expected.Tensors["logits"];
        var values = new List<double>();
        for (long row = 0; row < tensor.Rows; row++)
            foreach (var value in MemoryMarshal.Cast<byte, float>(tensor.RowBytes(row))) values.Add(value);
        return [.. values];
    }

    /// <summary>Recorded tolerance: 1e-4 of the largest absolute logit.</summary>
    public void AssertLogits(int sequence, int firstPosition, ReadOnlySpan<float> logits)
    {
        var tensor = _expected.Tensors["logits"];
        var vocabulary = Model.Config.VocabularySize;
        var largest = 0f;
        for (long row = 0; row < tensor.Rows; row++)
            foreach (var value in MemoryMarshal.Cast<byte, float>(tensor.RowBytes(row))) largest = Math.Max(largest, Math.Abs(value));
        for (var t = 0; t < logits.Length / vocabulary; t++)
        {
            var expected = MemoryMarshal.Cast<byte, float>(tensor.RowBytes(sequence * 40 + firstPosition + t));
            for (var i = 0; i < vocabulary; i++)
            {
                var difference = Math.Abs(expected[i] - logits[t * vocabulary + i]);
                Assert.True(difference <= 1e-4f * largest,
                    $"sequence {sequence}, position {firstPosition + t}, token {i}: expected {expected[i]}, found {logits[t * vocabulary + i]} (largest {largest})");
            }
        }
    }

    public void Dispose()
    {
        Model.Dispose();
        _expected.Dispose();
        _copy?.Delete(recursive: true);
    }
}
