using System.Diagnostics;
using System.Text.RegularExpressions;
using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>A literal text or a regular expression, as tokenizer.json writes them.</summary>
/// <remarks>
/// Expressions are written for engines that see whole characters. .NET's sees UTF-16 units, so in a text with characters beyond the Basic Plane
/// each of these is replaced by one character of the same general category before matching.
/// </remarks>
internal sealed class TextPattern
{
    // An expression takes well under a microsecond a character, unless it goes back and forth in the text.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LimitOfCharacter = TimeSpan.FromMicroseconds(10);

    private readonly string? _literal;
    private readonly Regex? _regex;
    private readonly string _expression;
    private readonly string _file;

    private TextPattern(string? literal, Regex? regex, string expression, string file) => (_literal, _regex, _expression, _file) = (literal, regex, expression, file);

    /// <summary>The text that is searched for, where the pattern is one.</summary>
    public string? Literal => _literal;

    /// <summary>A pattern that matches exactly this text.</summary>
    public static TextPattern OfLiteral(string literal) => new(literal, null, "", "");

    /// <summary>A pattern from an expression in the syntax of Oniguruma or Rust.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="file">The tokenizer's file, for messages.</param>
    /// <exception cref="ArgumentException">The expression uses what .NET does not know.</exception>
    public static TextPattern OfExpression(string expression, string file) =>
        new(null, new Regex(RegexSyntax.Translate(expression), RegexOptions.CultureInvariant, Limit), expression, file);

    /// <summary>Start and end of every match, in order, in UTF-16 units of the text.</summary>
    /// <exception cref="ModelFormatException">The expression takes too long: more than 2 seconds for a match, or 2 seconds and 10 microseconds a character for the text.</exception>
    public List<(int Start, int End)> Matches(ReadOnlySpan<char> text)
    {
        var matches = new List<(int, int)>();
        if (_literal is not null)
        {
            for (var at = 0; _literal.Length > 0 && text[at..].IndexOf(_literal, StringComparison.Ordinal) is var found and >= 0;)
            {
                matches.Add((at + found, at + found + _literal.Length));
                at += found + _literal.Length;
            }

            return matches;
        }

        var map = AstralMap.Create(text);
        var limit = Limit + (LimitOfCharacter * text.Length);
        var began = Stopwatch.GetTimestamp();
        try
        {
            foreach (var match in _regex!.EnumerateMatches(map is null ? text : map.Text))
            {
                var (start, end) = (match.Index, match.Index + match.Length);
                matches.Add(map is null ? (start, end) : (map.ToSource(start), map.ToSource(end)));
                if (Stopwatch.GetElapsedTime(began) > limit) throw TooSlow(text.Length, null);
            }
        }
        catch (RegexMatchTimeoutException problem)
        {
            throw TooSlow(text.Length, problem);
        }

        return matches;
    }

    /// <summary>The text with every match replaced.</summary>
    public string Replace(string text, string replacement)
    {
        if (_literal is not null) return _literal.Length == 0 ? text : text.Replace(_literal, replacement, StringComparison.Ordinal);
        var result = new System.Text.StringBuilder(text.Length);
        var at = 0;
        foreach (var (start, end) in Matches(text))
        {
            result.Append(text, at, start - at).Append(replacement);
            at = end;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    private ModelFormatException TooSlow(int length, Exception? inner) => new(
        _file,
        $"expression {Vocabulary.Short(_expression)}",
        $"searching a text of {length} characters takes too long; the expression tries too many ways to match, so use the tokenizer's original file, or a shorter text",
        inner);
}
