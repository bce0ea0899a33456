using System.Text;

namespace Pare.Tokenization.Jinja;

/// <summary>Cuts a template into tokens and applies the whitespace rules: <c>-</c> at a tag, and trim_blocks with lstrip_blocks.</summary>
internal sealed class JinjaLexer
{
    private static readonly string[] Operators = ["==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|"];

    private readonly string _source;
    private readonly List<JinjaToken> _tokens = [];
    private int _at;
    private int _line = 1;
    private int _countedTo;

    private JinjaLexer(string source) => _source = source;

    /// <summary>The tokens of a template, <see cref="JinjaTokenKind.End"/> last.</summary>
    public static List<JinjaToken> Tokenize(string source)
    {
        // One line feed at the very end is dropped, as the reference implementation does.
        var text = source.Replace("\r\n", "\n", StringComparison.Ordinal);
        var lexer = new JinjaLexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        var stripNext = false;
        var trimLineFeed = false;
        while (_at < _source.Length)
        {
            var open = NextTag(_at);
            var end = open < 0 ? _source.Length : open;
            var text = _source[_at..end];
            if (stripNext) text = text.TrimStart();
            else if (trimLineFeed && text.StartsWith('\n')) text = text[1..];
            if (open < 0)
            {
                AddText(text);
                _at = end;
                break;
            }

            var kind = _source[open + 1];
            var mark = open + 2 < _source.Length ? _source[open + 2] : ' ';
            if (mark == '-') text = text.TrimEnd();
            else if (kind != '{' && mark != '+') text = StripBlanksBeforeBlock(text, open);
            AddText(text);
            _at = open + (mark is '-' or '+' ? 3 : 2);
            stripNext = kind switch
            {
                '#' => SkipComment(),
                '%' when TryRaw() is { } strips => strips,
                _ => TokenizeTag(kind == '{' ? "}}" : "%}"),
            };
            trimLineFeed = kind != '{';
        }

        Add(JinjaTokenKind.End, "");
    }

    private int NextTag(int from)
    {
        for (var at = from; (at = _source.IndexOf('{', at)) >= 0 && at + 1 < _source.Length; at++)
        {
            if (_source[at + 1] is '{' or '%' or '#') return at;
        }

        return -1;
    }

    /// <summary>Takes off the blanks before a block that stands first on its line.</summary>
    private string StripBlanksBeforeBlock(string text, int open)
    {
        var stripped = text.TrimEnd(' ', '\t');
        var lineStart = open - (text.Length - stripped.Length);
        return lineStart == 0 || _source[lineStart - 1] == '\n' ? stripped : text;
    }

    private bool SkipComment()
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0) throw Problem("a comment is not closed; \"#}\" is missing");
        _at = end + 2;
        return end > 0 && _source[end - 1] == '-';
    }

    /// <summary>At <c>{% raw %}</c> writes what stands up to <c>{% endraw %}</c> as it is, and tells whether white space after that goes; null at any other tag.</summary>
    private bool? TryRaw()
    {
        var at = SkipBlanks(_at);
        if (string.CompareOrdinal(_source, at, "raw", 0, 3) != 0) return null;
        at = SkipBlanks(at + 3);
        var stripsInside = at < _source.Length && _source[at] == '-';
        if (stripsInside) at++;
        if (string.CompareOrdinal(_source, at, "%}", 0, 2) != 0) return null;
        var start = at + 2;
        for (var open = start; (open = _source.IndexOf("{%", open, StringComparison.Ordinal)) >= 0; open += 2)
        {
            var stripsEnd = open + 2 < _source.Length && _source[open + 2] == '-';
            var name = SkipBlanks(open + (stripsEnd ? 3 : 2));
            if (string.CompareOrdinal(_source, name, "endraw", 0, 6) != 0) continue;
            var close = SkipBlanks(name + 6);
            var strips = close < _source.Length && _source[close] == '-';
            if (strips) close++;
            if (string.CompareOrdinal(_source, close, "%}", 0, 2) != 0) continue;
            var text = _source[start..open];
            if (stripsInside) text = text.TrimStart();
            else if (text.StartsWith('\n')) text = text[1..];
            AddText(stripsEnd ? text.TrimEnd() : text);
            _at = close + 2;
            return strips;
        }

        throw Problem("{% raw %} is not closed; {% endraw %} is missing");
    }

    private int SkipBlanks(int at)
    {
        while (at < _source.Length && char.IsWhiteSpace(_source[at])) at++;
        return at;
    }

    private bool TokenizeTag(string close)
    {
        Add(close == "}}" ? JinjaTokenKind.OutputStart : JinjaTokenKind.BlockStart, close == "}}" ? "{{" : "{%");
        var depth = 0;
        while (true)
        {
            _at = SkipBlanks(_at);
            if (_at >= _source.Length) throw Problem($"a tag is not closed; \"{close}\" is missing");
            var strips = _source[_at] is '-' or '+' && string.CompareOrdinal(_source, _at + 1, close, 0, 2) == 0;
            if (strips || (depth == 0 && string.CompareOrdinal(_source, _at, close, 0, 2) == 0))
            {
                var stripsAll = strips && _source[_at] == '-';
                _at += strips ? 3 : 2;
                Add(close == "}}" ? JinjaTokenKind.OutputEnd : JinjaTokenKind.BlockEnd, close);
                return stripsAll;
            }

            TokenizeOne(ref depth);
        }
    }

    private void TokenizeOne(ref int depth)
    {
        var first = _source[_at];
        var start = _at;
        if (first is '"' or '\'')
        {
            AddString(first);
        }
        else if (char.IsAsciiDigit(first))
        {
            AddNumber();
        }
        else if (first == '_' || char.IsLetter(first))
        {
            while (_at < _source.Length && (_source[_at] == '_' || char.IsLetterOrDigit(_source[_at]))) _at++;
            Add(JinjaTokenKind.Name, _source[start.._at]);
        }
        else
        {
            var found = Array.Find(Operators, text => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0)
                ?? throw Problem($"the character '{first}' has no meaning inside a tag");
            if (found is "{" or "[" or "(") depth++;
            if (found is "}" or "]" or ")") depth--;
            Add(JinjaTokenKind.Operator, found);
            _at += found.Length;
        }
    }

    private void AddNumber()
    {
        var start = _at;
        while (_at < _source.Length && (char.IsAsciiDigit(_source[_at]) || _source[_at] == '_')) _at++;
        var kind = JinjaTokenKind.Integer;
        if (_at + 1 < _source.Length && _source[_at] == '.' && char.IsAsciiDigit(_source[_at + 1]))
        {
            kind = JinjaTokenKind.Float;
            for (_at++; _at < _source.Length && char.IsAsciiDigit(_source[_at]);) _at++;
        }

        if (_at < _source.Length && _source[_at] is 'e' or 'E')
        {
            kind = JinjaTokenKind.Float;
            _at++;
            if (_at < _source.Length && _source[_at] is '+' or '-') _at++;
            while (_at < _source.Length && char.IsAsciiDigit(_source[_at])) _at++;
        }

        Add(kind, _source[start.._at].Replace("_", "", StringComparison.Ordinal));
    }

    private void AddString(char quote)
    {
        var text = new StringBuilder();
        var start = _at++;
        while (true)
        {
            if (_at >= _source.Length)
            {
                _at = start;
                throw Problem("a quoted text is not closed");
            }

            var character = _source[_at++];
            if (character == quote) break;
            if (character != '\\' || _at >= _source.Length)
            {
                text.Append(character);
                continue;
            }

            AppendEscape(text);
        }

        Add(JinjaTokenKind.String, text.ToString());
    }

    private void AppendEscape(StringBuilder text)
    {
        var escaped = _source[_at++];
        var digits = escaped switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0 && _at + digits <= _source.Length
            && uint.TryParse(_source.AsSpan(_at, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value) && value < 0x110000)
        {
            _at += digits;
            text.Append(value < 0x10000 ? ((char)value).ToString() : char.ConvertFromUtf32((int)value));
            return;
        }

        text.Append(escaped switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            '0' => "\0",
            '\\' or '\'' or '"' => escaped.ToString(),
            '\n' => "",
            _ => "\\" + escaped,
        });
    }

    private void AddText(string text)
    {
        if (text.Length > 0) Add(JinjaTokenKind.Text, text);
    }

    private void Add(JinjaTokenKind kind, string text) => _tokens.Add(new JinjaToken(kind, text, LineAt(_at)));

    private int LineAt(int at)
    {
        at = Math.Min(at, _source.Length);
        if (at > _countedTo)
        {
            _line += _source.AsSpan(_countedTo, at - _countedTo).Count('\n');
            _countedTo = at;
        }

        return _line;
    }

    private ChatTemplateException Problem(string problem) => new(LineAt(_at), problem);
}
