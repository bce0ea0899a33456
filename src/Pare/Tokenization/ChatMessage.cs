namespace Pare.Tokenization;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c> or <c>assistant</c> in almost every template.</param>
/// <param name="Content">What is said.</param>
public sealed record ChatMessage(string Role, string Content);
