using System.Text;
using Pare.Formats;

namespace Pare.Evaluation.Tasks;

/// <summary>One record of a CSV file (RFC 4180: fields in double quotes may hold commas, line feeds and doubled quotes).</summary>
/// <param name="Line">Line at which the record begins, from 1.</param>
/// <param name="Fields">Its fields.</param>
internal sealed record CsvRecord(int Line, IReadOnlyList<string> Fields)
{
    /// <summary>The records of a file; empty lines are passed over.</summary>
    /// <exception cref="ModelFormatException">A quoted field has no end, or a record another number of fields than the first; or the file is not UTF-8.</exception>
    public static IReadOnlyList<CsvRecord> ReadAll(string file, byte[] bytes)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new ModelFormatException(file, $"byte {exception.Index}", "is not UTF-8", exception);
        }

        var records = new List<CsvRecord>();
        var at = text.StartsWith('\uFEFF') ? 1 : 0;
        var line = 1;
        while (at < text.Length)
        {
            var first = line;
            var fields = ReadRecord(file, text, ref at, ref line);
            if (fields is [""]) continue;
            if (records.Count > 0 && fields.Count != records[0].Fields.Count)
                throw new ModelFormatException(file, $"line {first}", $"has {fields.Count} fields, the first record has {records[0].Fields.Count}");
            records.Add(new CsvRecord(first, fields));
        }

        return records;
    }

    private static List<string> ReadRecord(string file, string text, ref int at, ref int line)
    {
        var fields = new List<string>();
        while (true)
        {
            fields.Add(at < text.Length && text[at] == '"' ? ReadQuoted(file, text, ref at, ref line) : ReadPlain(text, ref at));
            if (at < text.Length && text[at] == ',')
            {
                at++;
                continue;
            }

            if (at < text.Length && text[at] == '\r') at++;
            if (at < text.Length && text[at] == '\n') at++;
            line++;
            return fields;
        }
    }

    private static string ReadPlain(string text, ref int at)
    {
        var length = text.AsSpan(at).IndexOfAny(",\r\n");
        if (length < 0) length = text.Length - at;
        var field = text.Substring(at, length);
        at += length;
        return field;
    }

    private static string ReadQuoted(string file, string text, ref int at, ref int line)
    {
        var first = line;
        var field = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                if (at + 1 >= text.Length || text[at + 1] != '"')
                {
                    at++;
                    // Behind the closing quote only a comma or the line's end may follow; anything else is kept as text.
                    field.Append(ReadPlain(text, ref at));
                    return field.ToString();
                }

                at++;
            }
            else if (text[at] == '\n')
            {
                line++;
            }

            field.Append(text[at]);
        }

        throw new ModelFormatException(file, $"line {first}", "a field in quotes has no end");
    }
}
