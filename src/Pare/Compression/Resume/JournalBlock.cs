using System.Text.Json.Nodes;

namespace Pare.Compression;

/// <summary>One line of the journal: a block that is done.</summary>
/// <param name="Block">Index of the block, −1 for what lies outside all blocks.</param>
/// <param name="Bytes">Length of the file of changed weights behind it.</param>
/// <param name="Weights">The weights that the block added.</param>
/// <param name="Parameters">What became of its parameters.</param>
/// <param name="Found">What each pass found there beside the weights (<see cref="ICompressionPass.Found"/>).</param>
/// <param name="HasStream">Whether the calibration windows behind the block are kept.</param>
internal sealed record JournalBlock(int Block, long Bytes, IReadOnlyList<JournalWeight> Weights, IReadOnlyList<CompressedParameter> Parameters, IReadOnlyList<JsonNode?> Found, bool HasStream);
