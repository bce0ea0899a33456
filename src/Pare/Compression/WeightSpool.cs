using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Changed weights in their final format, in a file beside the output, so that no more than a block is in memory; the writer of the output reads them from there.</summary>
internal sealed class WeightSpool : IDisposable
{
    private const int Alignment = 64;
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly RowEncoder _encoder;
    private readonly Dictionary<ParameterId, (Parameter Parameter, ElementType Type, long Offset)> _entries = [];
    private MappedBytes? _mapped;

    /// <summary>Opens the file behind the blocks that a journal names; what a stopped run wrote beyond them is cut off.</summary>
    /// <exception cref="RecipeException">The file is shorter than the journal says, or names what the model has not.</exception>
    public WeightSpool(BlockJournal journal, ModelGraph graph, ComputePool pool, CancellationToken cancellation)
    {
        _path = journal.WeightsPath;
        _encoder = new RowEncoder(pool, cancellation);
        var end = journal.Blocks.Count == 0 ? 0 : journal.Blocks[^1].Bytes;
        foreach (var weight in journal.Blocks.SelectMany(block => block.Weights)) Restore(weight, graph, end, journal);
        _stream = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1 << 17);
        if (_stream.Length < end)
        {
            _stream.Dispose();
            throw journal.Damaged($"{Path.GetFileName(_path)} is shorter than {end} bytes");
        }

        _stream.SetLength(end);
        _stream.Position = end;
    }

    /// <summary>Bytes written.</summary>
    public long Length => _stream.Position;

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

    /// <summary>Has everything that was added on the disk.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>What a block added, for the journal.</summary>
    public IReadOnlyList<JournalWeight> Describe(int block, IReadOnlyDictionary<ParameterId, CompactMap> compact) =>
    [
        .. _entries.Where(entry => entry.Key.Layer == block).Select(entry =>
        {
            var (parameter, type, offset) = entry.Value;
            var map = compact.GetValueOrDefault(entry.Key);
            return new JournalWeight(entry.Key, parameter.Rows, parameter.Columns, type.Label(), offset, map?.Rows, map?.Columns);
        }),
    ];

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

    /// <summary>Closes the file; it stays for a run that goes on.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _mapped?.Dispose();
    }

    private void Restore(JournalWeight weight, ModelGraph graph, long end, BlockJournal journal)
    {
        if (!graph.Contains(weight.Id) || !ElementTypes.TryParse(weight.Format, out var type)) throw journal.Damaged($"{weight.Id} in {weight.Format} is not of this model");
        var parameter = graph.Get(weight.Id);
        var fits = weight.Rows >= 1 && weight.Rows <= parameter.Rows && weight.Columns >= 1 && weight.Columns <= parameter.Columns && weight.Columns % type.BlockLength() == 0
            && weight.Offset >= 0 && weight.Offset + type.RowBytes(weight.Columns) * weight.Rows <= end;
        if (!fits) throw journal.Damaged($"{weight.Id} does not lie in {Path.GetFileName(_path)}");
        _entries.Add(weight.Id, (parameter with { Rows = weight.Rows, Columns = weight.Columns }, type, weight.Offset));
    }
}
