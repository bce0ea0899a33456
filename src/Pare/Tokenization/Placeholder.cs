namespace Pare.Tokenization;
#pragma warning disable CS1591
public abstract class Tokenizer { }
public static class TokenizerLoader { public static Tokenizer Load(string f) => throw new InvalidOperationException(f); }
