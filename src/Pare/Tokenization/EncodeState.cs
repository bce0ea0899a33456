namespace Pare.Tokenization;

/// <summary>What one encoding at a time needs: its output, its workspace and the words seen so far. Not shared between threads.</summary>
internal sealed class EncodeState
{
    private PreTokenizer[] _steps = [];
    private BpeModel? _model;

    /// <summary>The ids so far.</summary>
    public List<int> Ids { get; set; } = [];

    /// <summary>The word being merged.</summary>
    public SymbolList Symbols { get; } = new();

    /// <summary>The words seen lately.</summary>
    public WordCache Cache { get; } = new();

    /// <summary>True while the text before the current piece is empty.</summary>
    public bool AtStart { get; set; }

    /// <summary>Binds the state to a tokenizer's steps.</summary>
    public void Bind(PreTokenizer[] steps, BpeModel model)
    {
        _steps = steps;
        _model = model;
    }

    /// <summary>Hands a piece of text to the step with the given number, or to the model after the last step.</summary>
    public void Emit(ReadOnlySpan<char> piece, int step)
    {
        if (piece.IsEmpty) return;
        if (step < _steps.Length) _steps[step].Split(piece, this, step + 1);
        else _model!.Encode(piece, this);
    }
}
