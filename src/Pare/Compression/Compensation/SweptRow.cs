namespace Pare.Compression;

/// <summary>A row in the middle of a sweep: chosen values up to a column, behind it weights that carry errors.</summary>
/// <param name="row">All weights as the run of columns found them; those of earlier runs are chosen.</param>
/// <param name="run">Weights of the run as they are now.</param>
/// <param name="start">First column of the run.</param>
/// <param name="end">Behind its last column.</param>
internal readonly unsafe struct SweptRow(float* row, float* run, int start, int end)
{
    /// <summary>Copies weights from a column on.</summary>
    public void CopyTo(int first, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++) destination[i] = first + i >= start && first + i < end ? run[first + i - start] : row[first + i];
    }
}
