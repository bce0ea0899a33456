using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Takes changed parameters block by block, encoded as they will be stored, until the output is composed of them.</summary>
/// <remarks>They wait in a file, not in memory, so that a compression needs no more memory than its widest block.</remarks>
internal sealed class WeightSpool : IDisposable
{
    private const int Alignment = 64;
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly RowEncoder _encoder;
    private readonly Dictionary<ParameterId, (Parameter Parameter, ElementType Type, long Offset)> _entries = [];
    private MappedBytes? _mapped;

    /// <summary>Makes the file.</summary>
    public WeightSpool(string path, ComputePool pool, CancellationToken cancellation)
    {
        _path = path;
        _stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, 1 << 17);
        _encoder = new RowEncoder(pool, cancellation);
    }

    /// <summary>Encodes a parameter.</summary>
    /// <param name="source">Its values.</param>
    /// <param name="type">The format.</param>
    /// <returns>‖stored − given‖ / ‖given‖.</returns>
    /// <exception cref="ExportException">A value is not finite or too large for the format; names the parameter.</exception>
    public double Add(WeightSource source, ElementType type)
    {
        while (_stream.Position % Alignment != 0) _stream.WriteByte(0);
        var parameter = source.Parameter;
        _entries.Add(parameter.Id, (parameter, type, _stream.Position));
        var error = new EncodingError(parameter.Rows);
        try
        {
            _encoder.Write(_stream, type, [source], [.. Enumerable.Range(0, parameter.Rows).Select(row => (0, row))], offset: 0, error);
        }
        catch (ArgumentException e)
        {
            throw new ExportException($"storing {parameter.Name} as {type.Label()}: {e.Message}");
        }

        return error.Relative;
    }

    /// <summary>Ends the writing.</summary>
    public void Complete()
    {
        _stream.Dispose();
        if (_entries.Count > 0) _mapped = MappedBytes.Map(_path);
    }

    /// <summary>What was added so far, to be read while more is added; the caller disposes of it when the weights are no longer used.</summary>
    public MappedBytes? View()
    {
        _stream.Flush();
        return _entries.Count > 0 ? MappedBytes.Map(_path) : null;
    }

    /// <summary>A parameter that was added, or null.</summary>
    public WeightSource? Find(ParameterId id) => FindWeight(id, _mapped) is { } weight ? new StoredWeight(weight) : null;

    /// <summary>A parameter that was added, as it lies in <paramref name="view"/>, or null.</summary>
    public unsafe Weight? FindWeight(ParameterId id, MappedBytes? view)
    {
        if (!_entries.TryGetValue(id, out var entry)) return null;
        var (parameter, type, offset) = entry;
        long[] shape = parameter.IsVector ? [parameter.Columns] : [parameter.Rows, parameter.Columns];
        var stored = new StoredTensor(parameter.Name, type, shape, view!.Data + offset, checked(type.RowBytes(parameter.Columns) * parameter.Rows), view);
        return new Weight(parameter, stored, default, transposed: false, offset: 0);
    }

    /// <summary>Removes the file.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _mapped?.Dispose();
        File.Delete(_path);
    }
}
