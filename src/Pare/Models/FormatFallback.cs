using Pare.Formats;

namespace Pare.Models;

/// <summary>A parameter stored in another format than was asked for, because the format's blocks do not divide its rows.</summary>
/// <param name="Parameter">Name of the parameter.</param>
/// <param name="Wanted">The format asked for.</param>
/// <param name="Format">The format stored.</param>
/// <param name="Columns">Elements of a row.</param>
public sealed record FormatFallback(string Parameter, ElementType Wanted, ElementType Format, int Columns);
