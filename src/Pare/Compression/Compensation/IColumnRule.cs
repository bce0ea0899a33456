namespace Pare.Compression;

/// <summary>What becomes of the weights of a row as <see cref="ErrorSweep"/> comes to their columns.</summary>
internal unsafe interface IColumnRule
{
    /// <summary>Called for every run of columns before its rows are worked on.</summary>
    /// <param name="weights">[rows, columns], with the errors of earlier runs in it.</param>
    /// <param name="start">First column of the run.</param>
    /// <param name="count">Columns of the run.</param>
    void BeginRun(float* weights, int start, int count);

    /// <summary>Called for every row of a run, possibly on several threads at once.</summary>
    /// <param name="row">The row.</param>
    /// <param name="current">Weights of the run, with the errors of its earlier columns in them.</param>
    /// <param name="before">All weights of the row as the run found them.</param>
    /// <param name="column">The column, absolute.</param>
    /// <param name="offset">The column within <paramref name="current"/>.</param>
    /// <returns>The value that the weight takes.</returns>
    float Choose(int row, float* current, float* before, int column, int offset);
}
