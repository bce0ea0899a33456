using Pare.Formats;

namespace Pare.Models.Gguf;

/// <summary>Metadata of a GGUF file in the making, with keys under the family's prefix, and what the reader of the file has to know.</summary>
internal sealed class GgufTarget(string architecture)
{
    /// <summary>Value of general.architecture.</summary>
    public string Architecture => architecture;

    /// <summary>Keys and values in order.</summary>
    public List<KeyValuePair<string, GgufValue>> Metadata { get; } = [];

    /// <summary>Differences between what the model computes and what llama.cpp will.</summary>
    public List<string> Warnings { get; } = [];

    public void General(string key, string value) => Metadata.Add(new($"general.{key}", GgufValue.String(value)));

    public void General(string key, uint value) => Metadata.Add(new($"general.{key}", GgufValue.UInt32(value)));

    public void Add(string key, uint value) => Metadata.Add(new($"{architecture}.{key}", GgufValue.UInt32(value)));

    public void Add(string key, double value) => Metadata.Add(new($"{architecture}.{key}", GgufValue.Float32((float)value)));

    public void Add(string key, string value) => Metadata.Add(new($"{architecture}.{key}", GgufValue.String(value)));

    public void Add(string key, bool value) => Metadata.Add(new($"{architecture}.{key}", GgufValue.Bool(value)));

    /// <summary>One value where all layers agree, else an array.</summary>
    public void AddPerLayer(string key, IEnumerable<int> values)
    {
        var list = values.ToArray();
        if (list.Distinct().Count() == 1) Add(key, (uint)list[0]);
        else Metadata.Add(new($"{architecture}.{key}", GgufValue.Int32Array(list)));
    }
}
