using Pare.Models;

namespace Pare.Compression;

/// <summary>A weight that lies in the file of changed weights, as the journal names it.</summary>
/// <param name="Id">The parameter.</param>
/// <param name="Rows">Rows that are stored.</param>
/// <param name="Columns">Columns that are stored.</param>
/// <param name="Format">Label of the format.</param>
/// <param name="Offset">First byte.</param>
/// <param name="KeptRows">Where the rows belong, for a matrix of which only some are stored.</param>
/// <param name="KeptColumns">The same for its columns.</param>
internal sealed record JournalWeight(ParameterId Id, int Rows, int Columns, string Format, long Offset, int[]? KeptRows, int[]? KeptColumns);
