using System.Globalization;

namespace Pare.Tokenization.Jinja;

/// <content>Expressions, by falling precedence: or, and, not, comparisons, + and -, ~, * / // %, **, signs, members and calls, filters and tests.</content>
internal sealed partial class JinjaParser
{
    private JinjaExpression ParseExpression()
    {
        Enter();
        var line = Current.Line;
        var value = ParseOr();
        while (TakeName("if"))
        {
            var condition = ParseOr();
            var otherwise = TakeName("else") ? ParseExpression() : null;
            value = new JinjaConditional(line, condition, value, otherwise);
        }

        _depth--;
        return value;
    }

    private JinjaExpression ParseTuple()
    {
        var line = Current.Line;
        var first = ParseExpression();
        if (Current.Text != "," || Current.Kind != JinjaTokenKind.Operator) return first;
        var items = new List<JinjaExpression> { first };
        while (Take(",")) items.Add(ParseExpression());
        return new JinjaListExpression(line, items);
    }

    private JinjaExpression ParseOr()
    {
        var left = ParseAnd();
        while (Current is { Kind: JinjaTokenKind.Name, Text: "or", Line: var line })
        {
            _at++;
            left = new JinjaLogical(line, IsAnd: false, left, ParseAnd());
        }

        return left;
    }

    private JinjaExpression ParseAnd()
    {
        var left = ParseNot();
        while (Current is { Kind: JinjaTokenKind.Name, Text: "and", Line: var line })
        {
            _at++;
            left = new JinjaLogical(line, IsAnd: true, left, ParseNot());
        }

        return left;
    }

    private JinjaExpression ParseNot()
    {
        var line = Current.Line;
        if (!TakeName("not")) return ParseComparison();
        Enter();
        var operand = ParseNot();
        _depth--;
        return new JinjaNot(line, operand);
    }

    private JinjaExpression ParseComparison()
    {
        var line = Current.Line;
        var first = ParseSum();
        var rest = new List<(string, JinjaExpression)>();
        while (true)
        {
            var isComparison = Current is { Kind: JinjaTokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" } or { Kind: JinjaTokenKind.Name, Text: "in" };
            if (isComparison)
            {
                rest.Add((_tokens[_at++].Text, ParseSum()));
            }
            else if (Current is { Kind: JinjaTokenKind.Name, Text: "not" } && _tokens[_at + 1] is { Kind: JinjaTokenKind.Name, Text: "in" })
            {
                _at += 2;
                rest.Add(("not in", ParseSum()));
            }
            else
            {
                return rest.Count == 0 ? first : new JinjaComparison(line, first, rest);
            }
        }
    }

    private JinjaExpression ParseSum() => ParseBinary(ParseConcatenation, "+", "-");

    private JinjaExpression ParseConcatenation() => ParseBinary(ParseProduct, "~");

    private JinjaExpression ParseProduct() => ParseBinary(ParsePower, "*", "/", "//", "%");

    private JinjaExpression ParsePower() => ParseBinary(ParseSigned, "**");

    private JinjaExpression ParseBinary(Func<JinjaExpression> parseOperand, params string[] operators)
    {
        var left = parseOperand();
        while (Current.Kind == JinjaTokenKind.Operator && operators.Contains(Current.Text))
        {
            var token = _tokens[_at++];
            left = new JinjaBinary(token.Line, token.Text, left, parseOperand());
        }

        return left;
    }

    private JinjaExpression ParseSigned()
    {
        var line = Current.Line;
        if (Current is not { Kind: JinjaTokenKind.Operator, Text: "-" or "+" }) return ParseFilters(ParsePostfix(ParsePrimary()));
        Enter();
        var negates = _tokens[_at++].Text == "-";
        var operand = Current is { Kind: JinjaTokenKind.Operator, Text: "-" or "+" } ? ParseSigned() : ParsePostfix(ParsePrimary());
        _depth--;
        return ParseFilters(new JinjaSign(line, negates, operand));
    }

    private JinjaExpression ParsePostfix(JinjaExpression target)
    {
        while (Current.Kind == JinjaTokenKind.Operator)
        {
            var line = Current.Line;
            if (Take(".")) target = Current.Kind == JinjaTokenKind.Integer ? new JinjaIndex(line, target, ParsePrimary()) : new JinjaMember(line, target, ExpectName());
            else if (Take("[")) target = ParseSubscript(target, line);
            else if (Current.Text == "(") target = new JinjaCall(line, target, ParseArguments());
            else break;
        }

        return target;
    }

    private JinjaExpression ParseSubscript(JinjaExpression target, int line)
    {
        var start = Current.Text == ":" ? null : ParseExpression();
        if (!Take(":"))
        {
            Expect("]");
            return new JinjaIndex(line, target, start!);
        }

        var stop = Current.Text is ":" or "]" ? null : ParseExpression();
        var step = Take(":") && Current.Text != "]" ? ParseExpression() : null;
        Expect("]");
        return new JinjaSlice(line, target, start, stop, step);
    }

    private JinjaExpression ParseFilters(JinjaExpression target)
    {
        while (true)
        {
            var line = Current.Line;
            if (Take("|"))
            {
                var name = ExpectName();
                target = new JinjaFilter(line, target, name, Current is { Kind: JinjaTokenKind.Operator, Text: "(" } ? ParseArguments() : JinjaArgumentList.None);
                target = ParsePostfix(target);
            }
            else if (TakeName("is"))
            {
                var negates = TakeName("not");
                target = new JinjaTest(line, target, ExpectName(), ParseTestArguments(), negates);
            }
            else
            {
                return target;
            }
        }
    }

    /// <summary>The arguments of a test: in brackets, or one operand that follows directly, as in <c>x is divisibleby 3</c>.</summary>
    private JinjaArgumentList ParseTestArguments()
    {
        if (Current is { Kind: JinjaTokenKind.Operator, Text: "(" }) return ParseArguments();
        var follows = Current.Kind is JinjaTokenKind.String or JinjaTokenKind.Integer or JinjaTokenKind.Float
            || Current is { Kind: JinjaTokenKind.Operator, Text: "[" or "{" }
            || (Current.Kind == JinjaTokenKind.Name && Current.Text is not ("else" or "or" or "and" or "is" or "if" or "in" or "not"));
        return follows ? new JinjaArgumentList([ParsePostfix(ParsePrimary())], []) : JinjaArgumentList.None;
    }

    private JinjaArgumentList ParseArguments()
    {
        Expect("(");
        var positional = new List<JinjaExpression>();
        var named = new List<(string, JinjaExpression)>();
        while (!Take(")"))
        {
            if (Current.Kind == JinjaTokenKind.Name && _tokens[_at + 1] is { Kind: JinjaTokenKind.Operator, Text: "=" })
            {
                var name = ExpectName();
                Expect("=");
                named.Add((name, ParseExpression()));
            }
            else
            {
                positional.Add(ParseExpression());
            }

            if (!Take(",") && Current.Text != ")") throw Problem($"\",\" or \")\" was expected among the arguments, \"{Current.Text}\" was found");
        }

        return new JinjaArgumentList(positional, named);
    }

    private JinjaExpression ParsePrimary()
    {
        var token = Current;
        _at++;
        switch (token.Kind)
        {
            case JinjaTokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new JinjaLiteral(token.Line, true),
                    "false" or "False" => new JinjaLiteral(token.Line, false),
                    "none" or "None" => new JinjaLiteral(token.Line, null),
                    _ => new JinjaName(token.Line, token.Text),
                };
            case JinjaTokenKind.String:
                var text = token.Text;
                while (Current.Kind == JinjaTokenKind.String) text += _tokens[_at++].Text;
                return new JinjaLiteral(token.Line, text);
            case JinjaTokenKind.Integer when long.TryParse(token.Text, CultureInfo.InvariantCulture, out var whole):
                return new JinjaLiteral(token.Line, whole);
            case JinjaTokenKind.Float when double.TryParse(token.Text, CultureInfo.InvariantCulture, out var number):
                return new JinjaLiteral(token.Line, number);
            case JinjaTokenKind.Operator when token.Text == "(":
                return ParseBracket(token.Line);
            case JinjaTokenKind.Operator when token.Text == "[":
                return new JinjaListExpression(token.Line, ParseItems("]"));
            case JinjaTokenKind.Operator when token.Text == "{":
                return ParseDictionary(token.Line);
            default:
                _at--;
                throw Problem(token.Kind == JinjaTokenKind.End ? "the template ends within a tag" : $"a value was expected, \"{token.Text}\" was found");
        }
    }

    private JinjaExpression ParseBracket(int line)
    {
        if (Take(")")) return new JinjaListExpression(line, []);
        var first = ParseExpression();
        if (Take(")")) return first;
        Expect(",");
        return new JinjaListExpression(line, [first, .. ParseItems(")")]);
    }

    private List<JinjaExpression> ParseItems(string close)
    {
        var items = new List<JinjaExpression>();
        while (!Take(close))
        {
            items.Add(ParseExpression());
            if (!Take(",") && Current.Text != close) throw Problem($"\",\" or \"{close}\" was expected, \"{Current.Text}\" was found");
        }

        return items;
    }

    private JinjaDictionaryExpression ParseDictionary(int line)
    {
        var items = new List<(JinjaExpression, JinjaExpression)>();
        while (!Take("}"))
        {
            var name = ParseExpression();
            Expect(":");
            items.Add((name, ParseExpression()));
            if (!Take(",") && Current.Text != "}") throw Problem($"\",\" or \"}}\" was expected, \"{Current.Text}\" was found");
        }

        return new JinjaDictionaryExpression(line, items);
    }
}
