using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Copies of some parameters with random values in given formats, each in memory of its own; vectors are F32 and 1.</summary>
internal sealed unsafe class RandomWeights : IDisposable
{
    private readonly NativeBuffer<byte> _memory;
    private readonly List<Dictionary<ParameterId, Weight>> _copies = [];

    /// <summary>Makes copies.</summary>
    /// <param name="parameters">The parameters of one copy.</param>
    /// <param name="type">Format of a matrix, by its role.</param>
    /// <param name="most">Bytes that all copies together may have; one copy is made in any case.</param>
    public RandomWeights(IReadOnlyList<Parameter> parameters, Func<ParameterRole, ElementType> type, long most)
    {
        var bytes = parameters.Sum(parameter => Aligned(Bytes(parameter, type)));
        var count = (int)Math.Clamp(most / Math.Max(bytes, 1), 1, 1024);
        _memory = new NativeBuffer<byte>(bytes * count, zeroed: false);
        var rows = new RandomRows(1);
        var place = _memory.Pointer;
        for (var i = 0; i < count; i++)
        {
            var copy = new Dictionary<ParameterId, Weight>();
            foreach (var parameter in parameters)
            {
                var (of, size) = (Type(parameter, type), Bytes(parameter, type));
                if (parameter.IsVector) new Span<float>(place, parameter.Columns).Fill(1);
                else rows.Fill(place, parameter.Rows, parameter.Columns, of);
                long[] shape = parameter.IsVector ? [parameter.Columns] : [parameter.Rows, parameter.Columns];
                copy.Add(parameter.Id, new Weight(parameter, new StoredTensor(parameter.Name, of, shape, place, size, _memory), default, transposed: false, offset: 0));
                place += Aligned(size);
            }

            _copies.Add(copy);
        }
    }

    /// <summary>Number of copies.</summary>
    public int Count => _copies.Count;

    /// <summary>A parameter of a copy, or null.</summary>
    public Weight? Find(int copy, ParameterId id) => _copies[copy].GetValueOrDefault(id);

    public void Dispose() => _memory.Dispose();

    private static ElementType Type(Parameter parameter, Func<ParameterRole, ElementType> type) =>
        parameter.IsVector ? ElementType.F32 : WeightCodec.Fallback(type(parameter.Id.Role), parameter.Columns);

    private static long Bytes(Parameter parameter, Func<ParameterRole, ElementType> type) => checked(Type(parameter, type).RowBytes(parameter.Columns) * parameter.Rows);

    private static long Aligned(long bytes) => (bytes + 63) / 64 * 64;
}
