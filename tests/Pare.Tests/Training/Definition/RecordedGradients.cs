using System.Runtime.InteropServices;
using Pare.Formats;
using Pare.Models;
using Pare.Tests.Models.Support;

namespace Pare.Tests.Training.Definition;

/// <summary>PyTorch's gradients of a tiny model of ../shared/reference/families, found by Pare's names and in Pare's orientation.</summary>
internal sealed class RecordedGradients : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly Dictionary<ParameterId, Weight> _gradients = [];

    public RecordedGradients(string family, ModelConfig config)
    {
        _file = SafetensorsFile.Open(Path.Combine(Families.PathOf(family), "gradients.safetensors"));
        var layout = StorageLayout.Build(config, new ModelGraph(config).Parameters, config.Architecture.HuggingFaceNames);
        foreach (var storage in layout)
        {
            // Gradients carry the module's name; GPT-NeoX saves its head under another.
            var stored = _file.Tensors[storage.Name == "embed_out.weight" ? "lm_head.weight" : storage.Name];
            Assert.Equal(storage.Shape, stored.Shape);
            foreach (var part in storage.Parts) _gradients.Add(part.Parameter.Id, new Weight(part.Parameter, stored, part.Rows, storage.Transposed, storage.Offset));
        }

        // No recorded gradient is left over beside loss and adamw_losses.
        Assert.Equal(layout.Count + 2, _file.Tensors.Count);
    }

    /// <summary>Mean cross-entropy over the 2 × 39 predicted tokens.</summary>
    public double Loss => MemoryMarshal.Cast<byte, float>(_file.Tensors["loss"].RowBytes(0))[0];

    /// <summary>The loss before each of ten steps of AdamW.</summary>
    public double[] AdamWLosses => MemoryMarshal.Cast<byte, double>(_file.Tensors["adamw_losses"].RowBytes(0)).ToArray();

    /// <summary>The parameters that have a gradient.</summary>
    public IEnumerable<ParameterId> Ids => _gradients.Keys;

    /// <summary>A parameter's gradient, [rows, columns].</summary>
    public double[] Of(ParameterId id) => Array.ConvertAll(_gradients[id].ToArray(), value => (double)value);

    public void Dispose() => _file.Dispose();
}
