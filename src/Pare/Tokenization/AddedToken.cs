namespace Pare.Tokenization;

/// <summary>A token that is found in a text before the model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">Left out of decoded text on request.</param>
/// <param name="IsNormalized">Found in the normalized text, not in the text as it is.</param>
/// <param name="StripsLeft">Takes the white space before it along.</param>
/// <param name="StripsRight">Takes the white space after it along.</param>
/// <param name="IsSingleWord">Not found inside a word.</param>
internal sealed record AddedToken(
    int Id,
    string Content,
    bool IsSpecial,
    bool IsNormalized = false,
    bool StripsLeft = false,
    bool StripsRight = false,
    bool IsSingleWord = false);
