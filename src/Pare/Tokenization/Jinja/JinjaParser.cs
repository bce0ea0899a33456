namespace Pare.Tokenization.Jinja;

/// <summary>Reads a template's statements; expressions are in the other part.</summary>
internal sealed partial class JinjaParser
{
    private const int MostDepth = 100;

    private readonly List<JinjaToken> _tokens;
    private int _at;
    private int _depth;

    private JinjaParser(List<JinjaToken> tokens) => _tokens = tokens;

    private JinjaToken Current => _tokens[_at];

    /// <summary>Reads a template.</summary>
    /// <exception cref="ChatTemplateException">The text is no template.</exception>
    public static JinjaBlock Parse(string source)
    {
        var parser = new JinjaParser(JinjaLexer.Tokenize(source));
        var body = parser.ParseBody();
        return parser.Current.Kind == JinjaTokenKind.End
            ? body
            : throw parser.Problem($"{{% {parser.PeekBlockName()} %}} closes nothing that is open");
    }

    /// <summary>Reads statements up to a block that one of the names begins; that block's start is left in place.</summary>
    private JinjaBlock ParseBody(params ReadOnlySpan<string> ends)
    {
        Enter();
        var line = Current.Line;
        var statements = new List<JinjaStatement>();
        while (Current.Kind != JinjaTokenKind.End)
        {
            var token = Current;
            if (token.Kind == JinjaTokenKind.Text)
            {
                _at++;
                statements.Add(new JinjaLiteralText(token.Line, token.Text));
            }
            else if (token.Kind == JinjaTokenKind.OutputStart)
            {
                _at++;
                statements.Add(new JinjaOutput(token.Line, ParseExpression()));
                Expect(JinjaTokenKind.OutputEnd, "}}");
            }
            else if (ends.Contains(PeekBlockName()) || PeekBlockName().StartsWith("end", StringComparison.Ordinal) || PeekBlockName() is "else" or "elif")
            {
                break;
            }
            else
            {
                statements.Add(ParseBlock());
            }
        }

        _depth--;
        return new JinjaBlock(line, statements);
    }

    private JinjaStatement ParseBlock()
    {
        Expect(JinjaTokenKind.BlockStart, "{%");
        var line = Current.Line;
        var name = ExpectName();
        switch (name)
        {
            case "if":
                return ParseIf(line);
            case "for":
                return ParseFor(line);
            case "set":
                return ParseSet(line);
            case "macro":
                return ParseMacro(line);
            case "filter":
                return ParseFilterBlock(line);
            case "break" or "continue":
                EndBlock();
                return new JinjaJump(line, name == "break" ? JinjaFlow.Break : JinjaFlow.Continue);
            case "generation":
                // Marks the assistant's text for training; here it is only text.
                EndBlock();
                var body = ParseBody("endgeneration");
                Close("endgeneration");
                return body;
            default:
                throw Problem($"the statement \"{name}\" is not supported");
        }
    }

    private JinjaIf ParseIf(int line)
    {
        var branches = new List<(JinjaExpression?, JinjaBlock)>();
        var condition = ParseExpression();
        EndBlock();
        branches.Add((condition, ParseBody("elif", "else", "endif")));
        while (PeekBlockName() is "elif" or "else")
        {
            _at++;
            var isElse = ExpectName() == "else";
            condition = isElse ? null : ParseExpression();
            EndBlock();
            branches.Add((condition, ParseBody("elif", "else", "endif")));
            if (isElse) break;
        }

        Close("endif");
        return new JinjaIf(line, branches);
    }

    private JinjaFor ParseFor(int line)
    {
        var names = ParseNames();
        if (!TakeName("in")) throw Problem($"\"in\" was expected after the names of a loop, \"{Current.Text}\" was found");
        var items = ParseOr();
        var filter = TakeName("if") ? ParseExpression() : null;
        if (Current is { Kind: JinjaTokenKind.Name, Text: "recursive" }) throw Problem("recursive loops are not supported");
        EndBlock();
        var body = ParseBody("else", "endfor");
        JinjaBlock? otherwise = null;
        if (PeekBlockName() == "else")
        {
            _at += 2;
            EndBlock();
            otherwise = ParseBody("endfor");
        }

        Close("endfor");
        return new JinjaFor(line, names, items, filter, body, otherwise);
    }

    private JinjaSet ParseSet(int line)
    {
        var names = ParseNames();
        var member = names.Count == 1 && Take(".") ? ExpectName() : null;
        if (Take("="))
        {
            var value = ParseTuple();
            EndBlock();
            return new JinjaSet(line, names, member, value, null);
        }

        EndBlock();
        var body = ParseBody("endset");
        Close("endset");
        return new JinjaSet(line, names, member, null, body);
    }

    private JinjaMacro ParseMacro(int line)
    {
        var name = ExpectName();
        var parameters = new List<(string, JinjaExpression?)>();
        Expect("(");
        while (!Take(")"))
        {
            var parameter = ExpectName();
            parameters.Add((parameter, Take("=") ? ParseExpression() : null));
            if (!Take(",") && Current.Text != ")") throw Problem($"\",\" or \")\" was expected among the parameters of a macro, \"{Current.Text}\" was found");
        }

        EndBlock();
        var body = ParseBody("endmacro");
        Close("endmacro");
        return new JinjaMacro(line, name, parameters, body);
    }

    private JinjaFilterBlock ParseFilterBlock(int line)
    {
        var name = ExpectName();
        var arguments = Current is { Kind: JinjaTokenKind.Operator, Text: "(" } ? ParseArguments() : JinjaArgumentList.None;
        EndBlock();
        var body = ParseBody("endfilter");
        Close("endfilter");
        return new JinjaFilterBlock(line, name, arguments, body);
    }

    private List<string> ParseNames()
    {
        var bracketed = Take("(");
        var names = new List<string> { ExpectName() };
        while (Take(",")) names.Add(ExpectName());
        if (bracketed) Expect(")");
        return names;
    }

    private string PeekBlockName() =>
        Current.Kind == JinjaTokenKind.BlockStart && _tokens[_at + 1].Kind == JinjaTokenKind.Name ? _tokens[_at + 1].Text : "";

    private void Close(string name)
    {
        if (PeekBlockName() != name) throw Problem($"{{% {name} %}} was expected, {(Current.Kind == JinjaTokenKind.End ? "the end of the template" : $"\"{PeekBlockName()}\"")} was found");
        _at += 2;
        EndBlock();
    }

    private void EndBlock() => Expect(JinjaTokenKind.BlockEnd, "%}");

    private void Enter()
    {
        if (++_depth > MostDepth) throw Problem($"is nested more than {MostDepth} deep");
    }

    private bool Take(string text)
    {
        if (Current.Kind != JinjaTokenKind.Operator || Current.Text != text) return false;
        _at++;
        return true;
    }

    private bool TakeName(string name)
    {
        if (Current.Kind != JinjaTokenKind.Name || Current.Text != name) return false;
        _at++;
        return true;
    }

    private void Expect(string text)
    {
        if (!Take(text)) throw Problem($"\"{text}\" was expected, \"{Current.Text}\" was found");
    }

    private void Expect(JinjaTokenKind kind, string text)
    {
        if (Current.Kind != kind) throw Problem($"\"{text}\" was expected, \"{Current.Text}\" was found");
        _at++;
    }

    private string ExpectName()
    {
        if (Current.Kind != JinjaTokenKind.Name) throw Problem($"a name was expected, \"{Current.Text}\" was found");
        return _tokens[_at++].Text;
    }

    private ChatTemplateException Problem(string problem) => new(Current.Line, problem);
}
