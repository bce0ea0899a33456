using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Training;

/// <summary>Reads files of training text into tokens: plain text, or JSON lines (by the name: <c>.jsonl</c>, <c>.ndjson</c>).</summary>
internal sealed class TrainingText(Tokenizer tokenizer, TrainingTextOptions options, TokenSequence output)
{
    private const int LinesPerReport = 256;
    private readonly ConversationEncoder _conversations = new(tokenizer);

    /// <summary>Adds a file's tokens.</summary>
    /// <param name="file">The file.</param>
    /// <param name="read">Told the bytes that are done, now and then.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="ModelFormatException">The file is not there, empty, or a line of it cannot be read.</exception>
    public void Add(string file, Action<long> read, CancellationToken cancellation)
    {
        var before = output.Ids.Count;
        var bytes = Utf8Text.ReadBytes(file);
        if (Path.GetExtension(file).ToLowerInvariant() is ".jsonl" or ".ndjson") AddLines(file, bytes, read, cancellation);
        else AddPlain(file, Utf8Text.Decode(file, bytes), cancellation);
        if (output.Ids.Count == before) throw new ModelFormatException(file, "", "holds no text to train on; leave it out or fill it");
        read(bytes.Length);
    }

    private void AddPlain(string file, string text, CancellationToken cancellation)
    {
        if (options.PlainText == PlainTextRule.WholeFile)
        {
            if (text.Length > 0) AddDocument(text);
            return;
        }

        RequireEnd(file);
        var start = -1;
        var end = 0;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            cancellation.ThrowIfCancellationRequested();
            var (from, to) = (range.Start.GetOffset(text.Length), range.End.GetOffset(text.Length));
            if (to > from && text[to - 1] == '\r') to--;
            var isBlank = text.AsSpan(from, to - from).IsWhiteSpace();
            if (start >= 0 && (isBlank || options.PlainText == PlainTextRule.Lines))
            {
                AddDocument(text.AsSpan(start, end - start));
                start = -1;
            }

            if (isBlank) continue;
            if (start < 0) start = from;
            end = to;
        }

        if (start >= 0) AddDocument(text.AsSpan(start, end - start));
    }

    private void AddLines(string file, byte[] bytes, Action<long> read, CancellationToken cancellation)
    {
        RequireEnd(file);
        var start = 0;
        for (var line = 1; start < bytes.Length; line++)
        {
            var length = bytes.AsSpan(start).IndexOf((byte)'\n');
            if (length < 0) length = bytes.Length - start;
            var content = bytes.AsMemory(start, length);
            start += length + 1;
            if (!content.Span.Trim(" \t\r"u8).IsEmpty) AddLine(JsonPlace.ParseLine(content, file, line));
            if (line % LinesPerReport != 0) continue;
            cancellation.ThrowIfCancellationRequested();
            read(Math.Min(start, bytes.Length));
        }
    }

    private void AddLine(JsonPlace line)
    {
        if (line["messages"].Exists) _conversations.AddMessages(line, output);
        else if (line["prompt"].Exists || line["completion"].Exists) _conversations.AddPrompt(line, output);
        else if (line["text"].Exists) AddDocument(line["text"].String());
        else throw line.Problem($"has neither text, nor prompt and completion, nor messages; it has {string.Join(", ", line.Members().Select(member => member.Name).Take(8).DefaultIfEmpty("nothing"))}");
    }

    private void AddDocument(ReadOnlySpan<char> text)
    {
        tokenizer.Encode(text, output.Ids);
        if (tokenizer.EosId is { } end && (output.Ids.Count == 0 || output.Ids[^1] != end)) output.Ids.Add(end);
    }

    private void RequireEnd(string file)
    {
        if (tokenizer.EosId is null)
            throw new ModelFormatException(file, "", "its documents are to be separated by the end-of-text token, and the tokenizer has none; name an eos_token in tokenizer_config.json, or give whole text files");
    }
}
