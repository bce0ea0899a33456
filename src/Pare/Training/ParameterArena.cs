using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>Float32 values of parameters one after another in one piece of memory, and their gradients in another of the same layout.</summary>
internal sealed unsafe class ParameterArena : IDisposable
{
    private readonly Dictionary<ParameterId, long> _offsets = [];
    private readonly NativeBuffer<float> _values;
    private readonly NativeBuffer<float>? _gradients;

    /// <param name="parameters">What it holds.</param>
    /// <param name="hasGradients">Whether there is room for gradients.</param>
    /// <param name="sharesBlocks">Whether all blocks have one place, since only one of them is in memory at a time.</param>
    public ParameterArena(IEnumerable<Parameter> parameters, bool hasGradients, bool sharesBlocks)
    {
        long length = 0, block = 0, largest = 0;
        var layer = -1;
        foreach (var parameter in parameters.OrderBy(parameter => sharesBlocks ? parameter.Id.Layer : 0))
        {
            var size = (parameter.Count + 15) / 16 * 16;
            if (sharesBlocks && parameter.Id.Layer >= 0)
            {
                if (parameter.Id.Layer != layer) (layer, block) = (parameter.Id.Layer, 0);
                _offsets.Add(parameter.Id, length + block);
                block += size;
                largest = Math.Max(largest, block);
            }
            else
            {
                _offsets.Add(parameter.Id, length);
                length += size;
            }
        }

        _values = new NativeBuffer<float>(length + largest);
        if (hasGradients) _gradients = new NativeBuffer<float>(length + largest);
    }

    /// <summary>Bytes of values and gradients.</summary>
    public long Bytes => (_values.Length + (_gradients?.Length ?? 0)) * sizeof(float);

    public bool Contains(ParameterId id) => _offsets.ContainsKey(id);

    public float* Values(ParameterId id) => _values.Pointer + _offsets[id];

    /// <summary>Where the gradient is added up, or null.</summary>
    public float* Gradient(ParameterId id) => _gradients is null ? null : _gradients.Pointer + _offsets[id];

    /// <summary>Sets all gradients to 0.</summary>
    public void ClearGradients()
    {
        if (_gradients is not null) System.Runtime.InteropServices.NativeMemory.Clear(_gradients.Pointer, (nuint)_gradients.Length * sizeof(float));
    }

    public void Dispose()
    {
        _values.Dispose();
        _gradients?.Dispose();
    }
}
