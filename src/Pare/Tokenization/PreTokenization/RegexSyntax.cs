using System.Text;

namespace Pare.Tokenization;

/// <summary>Rewrites what the expressions of tokenizer.json have and .NET's do not: possessive quantifiers (<c>a++</c> becomes <c>(?&gt;a+)</c>).</summary>
internal static class RegexSyntax
{
    /// <summary>The expression in .NET's syntax.</summary>
    public static string Translate(string expression)
    {
        var result = new StringBuilder(expression.Length + 8);
        var groups = new Stack<int>();
        var atom = 0;
        for (var i = 0; i < expression.Length;)
        {
            var character = expression[i];
            if (character is '?' or '*' or '+' or '{' && TryEndOfQuantifier(expression, i, out var end))
            {
                result.Append(expression, i, end - i);
                i = end;
                if (i < expression.Length && expression[i] == '+')
                {
                    result.Insert(atom, "(?>").Append(')');
                    i++;
                }
                else if (i < expression.Length && expression[i] == '?')
                {
                    result.Append('?');
                    i++;
                }

                continue;
            }

            if (character == ')' && groups.Count > 0)
            {
                atom = groups.Pop();
                result.Append(character);
                i++;
                continue;
            }

            atom = result.Length;
            if (character == '(')
            {
                groups.Push(atom);
                result.Append('(');
                i++;
                if (i < expression.Length && expression[i] == '?')
                {
                    result.Append('?');
                    i++;
                }

                continue;
            }

            var length = character switch
            {
                '\\' => EscapeLength(expression, i),
                '[' => ClassLength(expression, i),
                _ => 1,
            };
            result.Append(expression, i, length);
            i += length;
        }

        return result.ToString();
    }

    private static bool TryEndOfQuantifier(string expression, int at, out int end)
    {
        end = at + 1;
        if (expression[at] != '{') return true;
        end = expression.IndexOf('}', at) + 1;
        if (end == 0) return false;
        foreach (var character in expression.AsSpan((at + 1)..(end - 1)))
        {
            if (!char.IsAsciiDigit(character) && character != ',') return false;
        }

        return true;
    }

    private static int EscapeLength(string expression, int at)
    {
        if (at + 1 >= expression.Length) return 1;
        if (expression[at + 1] is not ('p' or 'P' or 'x') || at + 2 >= expression.Length || expression[at + 2] != '{') return 2;
        var close = expression.IndexOf('}', at);
        return close < 0 ? 2 : close + 1 - at;
    }

    private static int ClassLength(string expression, int at)
    {
        var i = at + 1;
        if (i < expression.Length && expression[i] == '^') i++;
        if (i < expression.Length && expression[i] == ']') i++;
        while (i < expression.Length && expression[i] != ']') i += expression[i] == '\\' ? EscapeLength(expression, i) : 1;
        return Math.Min(i + 1, expression.Length) - at;
    }
}
