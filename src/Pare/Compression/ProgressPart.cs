namespace Pare.Compression;

/// <summary>Progress of a part of the work, as progress of the whole.</summary>
internal sealed class ProgressPart(IProgress<CompressionProgress> whole, double from, double to) : IProgress<CompressionProgress>
{
    public void Report(CompressionProgress value) => whole.Report(value with { Done = from + (to - from) * value.Done });
}
