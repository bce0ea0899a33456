namespace Pare.Training;

/// <summary>What a document is in a plain text file; between documents stands the tokenizer's end-of-text token.</summary>
public enum PlainTextRule
{
    /// <summary>The whole file is one document, as it is. End-of-text tokens that are written in it count as such.</summary>
    WholeFile,

    /// <summary>Every line is one, without its line end; lines of white space alone are passed over.</summary>
    Lines,

    /// <summary>Lines up to the next line of white space alone are one, with the line ends between them.</summary>
    Paragraphs,
}
