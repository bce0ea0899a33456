namespace Pare.Tokenization.Jinja;

/// <summary>Kinds of tokens of a template.</summary>
internal enum JinjaTokenKind
{
    /// <summary>Text between tags, written as it is.</summary>
    Text,

    /// <summary><c>{{</c></summary>
    OutputStart,

    /// <summary><c>}}</c></summary>
    OutputEnd,

    /// <summary><c>{%</c></summary>
    BlockStart,

    /// <summary><c>%}</c></summary>
    BlockEnd,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A quoted text.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a fraction or exponent.</summary>
    Float,

    /// <summary>An operator or bracket.</summary>
    Operator,

    /// <summary>The end of the template.</summary>
    End,
}

/// <summary>A token of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of a quoted text the content.</param>
/// <param name="Line">Its line, from 1.</param>
internal readonly record struct JinjaToken(JinjaTokenKind Kind, string Text, int Line);
