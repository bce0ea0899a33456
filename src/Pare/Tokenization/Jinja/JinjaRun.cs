using System.Text;

namespace Pare.Tokenization.Jinja;

/// <summary>One run of a template: its output, the line it is at, and how much more it may do.</summary>
internal sealed class JinjaRun(DateTimeOffset now)
{
    private const long MostSteps = 2_000_000;
    private const int MostOutput = 16_000_000;
    private const int MostDepth = 100;

    private long _steps;

    /// <summary>What was written.</summary>
    public StringBuilder Output { get; private set; } = new();

    /// <summary>The time.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>The line being run.</summary>
    public int Line { get; set; } = 1;

    /// <summary>How deep calls of macros are nested.</summary>
    public int Depth { get; private set; }

    /// <summary>Counts steps; a text made costs one for every 16 characters, an item of a list one.</summary>
    public void Spend(long steps)
    {
        if ((_steps += steps) > MostSteps) throw Problem($"takes more than {MostSteps} steps; a chat template should take a few thousand");
    }

    /// <summary>Counts the making of a text and returns it.</summary>
    public string Made(string text)
    {
        Spend(1 + (text.Length / 16));
        return text;
    }

    /// <summary>Counts the making of a list and returns it.</summary>
    public List<object?> Made(List<object?> items)
    {
        Spend(1 + items.Count);
        return items;
    }

    /// <summary>Writes a text.</summary>
    public void Write(string text)
    {
        Spend(1 + (text.Length / 16));
        if (Output.Length + text.Length > MostOutput) throw Problem($"writes more than {MostOutput} characters");
        Output.Append(text);
    }

    /// <summary>Runs something and returns what it wrote, one call deeper.</summary>
    public string Capture(Action action)
    {
        if (++Depth > MostDepth) throw Problem($"macros call each other more than {MostDepth} deep");
        var outer = Output;
        Output = new StringBuilder();
        try
        {
            action();
            return Output.ToString();
        }
        finally
        {
            Output = outer;
            Depth--;
        }
    }

    /// <summary>An exception about the current line.</summary>
    public ChatTemplateException Problem(string problem) => new(Line, problem);
}
