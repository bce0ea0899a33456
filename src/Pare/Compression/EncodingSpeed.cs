using Pare.Formats;
using Pare.Formats.Tables;

namespace Pare.Compression;

/// <summary>A rough duration of encoding, from speeds measured on one core of a present-day server processor.</summary>
internal static class EncodingSpeed
{
    private const double DiskBytesPerSecond = 300e6;

    /// <param name="work">Elements to encode, by format.</param>
    /// <param name="bytes">Bytes that go to the disk.</param>
    /// <param name="threads">Threads that work together; 0 is one per processor. More threads than processors are no faster.</param>
    public static double Seconds(IEnumerable<(ElementType Format, long Elements)> work, long bytes, int threads)
    {
        double seconds = 0;
        foreach (var (format, elements) in work) seconds += elements / WeightsPerSecond(format);
        var workers = threads > 0 ? Math.Min(threads, Environment.ProcessorCount) : Environment.ProcessorCount;
        return seconds / workers + bytes / DiskBytesPerSecond;
    }

    private static double WeightsPerSecond(ElementType format) => format switch
    {
        ElementType.F32 or ElementType.F16 or ElementType.BF16 => 400e6,
        ElementType.Q8_0 or ElementType.Q4_0 or ElementType.Q4_1 or ElementType.Q5_0 or ElementType.Q5_1 => 120e6,
        _ => TableFormat.IsTable(format) ? 0.5e6 : 10e6,
    };
}
