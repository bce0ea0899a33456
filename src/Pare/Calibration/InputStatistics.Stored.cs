using System.Runtime.InteropServices;
using Pare.Formats;

namespace Pare.Calibration;

public sealed unsafe partial class InputStatistics
{
    private const string SumsName = "sums", AbsoluteSumsName = "absolute_sums", SquareSumsName = "square_sums", LargestName = "absolute_maxima", MomentsName = "second_moments";

    /// <summary>The statistics as tensors of a file, exact: of Σ x·xᵀ [columns · (columns + 1) / 2] the lower triangle, row by row.</summary>
    internal IEnumerable<OutgoingTensor> ToTensors()
    {
        yield return Tensor<double>(SumsName, ElementType.F64, _sums);
        yield return Tensor<double>(AbsoluteSumsName, ElementType.F64, _absoluteSums);
        yield return Tensor<double>(SquareSumsName, ElementType.F64, _squareSums);
        yield return Tensor<float>(LargestName, ElementType.F32, _largest);
        if (HasMoments) yield return new OutgoingTensor(MomentsName, ElementType.F32, [Triangle(Columns)], WriteTriangle);
    }

    /// <summary>Reads what <see cref="ToTensors"/> wrote.</summary>
    /// <param name="file">The file.</param>
    /// <param name="columns">Channels.</param>
    /// <param name="kinds">What is to be known.</param>
    /// <param name="tokens">Tokens seen.</param>
    /// <returns>The statistics; null where the file has less than is to be known.</returns>
    /// <exception cref="ModelFormatException">A tensor is missing, or has another type or shape.</exception>
    internal static InputStatistics? FromTensors(SafetensorsFile file, int columns, StatisticsKinds kinds, long tokens)
    {
        var wantsMoments = kinds.HasFlag(StatisticsKinds.SecondMoments);
        if (wantsMoments && !file.Tensors.ContainsKey(MomentsName)) return null;
        var statistics = new InputStatistics(columns, kinds) { Tokens = tokens };
        try
        {
            Find(file, SumsName, ElementType.F64, columns).CopyTo(MemoryMarshal.AsBytes(statistics._sums.AsSpan()));
            Find(file, AbsoluteSumsName, ElementType.F64, columns).CopyTo(MemoryMarshal.AsBytes(statistics._absoluteSums.AsSpan()));
            Find(file, SquareSumsName, ElementType.F64, columns).CopyTo(MemoryMarshal.AsBytes(statistics._squareSums.AsSpan()));
            Find(file, LargestName, ElementType.F32, columns).CopyTo(MemoryMarshal.AsBytes(statistics._largest.AsSpan()));
            if (wantsMoments) statistics.ReadTriangle(Find(file, MomentsName, ElementType.F32, Triangle(columns)));
            return statistics;
        }
        catch
        {
            statistics.Dispose();
            throw;
        }
    }

    private static long Triangle(long columns) => columns * (columns + 1) / 2;

    private static OutgoingTensor Tensor<T>(string name, ElementType type, T[] values)
        where T : unmanaged => new(name, type, [values.Length], stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));

    /// <summary>The bytes of a tensor with one axis.</summary>
    /// <exception cref="ModelFormatException">It is missing, or has another type or length.</exception>
    internal static ReadOnlySpan<byte> Find(SafetensorsFile file, string name, ElementType type, long count)
    {
        if (!file.Tensors.TryGetValue(name, out var tensor)) throw new ModelFormatException(file.FilePath, $"tensor '{name}'", "it is missing");
        if (tensor.Type != type || tensor.Shape is not [var length] || length != count)
            throw new ModelFormatException(file.FilePath, $"tensor '{name}'", $"expected {type.Label()} [{count}], found {tensor.Type.Label()} [{string.Join(", ", tensor.Shape)}]");
        return new ReadOnlySpan<byte>(tensor.Data, checked((int)tensor.ByteLength));
    }

    private void WriteTriangle(Stream stream)
    {
        for (var i = 0; i < Columns; i++) stream.Write(MemoryMarshal.AsBytes(Row(i)));
    }

    private void ReadTriangle(ReadOnlySpan<byte> bytes)
    {
        var values = MemoryMarshal.Cast<byte, float>(bytes);
        for (var i = 0; i < Columns; i++)
        {
            values[..(i + 1)].CopyTo(Row(i));
            values = values[(i + 1)..];
        }

        Complete();
    }

    // A row up to its diagonal.
    private Span<float> Row(int row) => _moments!.Slice((long)row * Columns, row + 1);
}
