namespace Pare.Evaluation.Tasks;

/// <summary>A file that documents or examples came from.</summary>
/// <param name="File">Name, relative to the data folder.</param>
/// <param name="Sha256">SHA-256 of its bytes, in lower-case hexadecimal.</param>
public sealed record TaskFileIdentity(string File, string Sha256);
