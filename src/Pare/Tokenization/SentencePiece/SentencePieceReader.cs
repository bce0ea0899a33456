using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>Reads tokenizer.model: a protobuf message with pieces (1), the trainer's options (2) and the normalizer's (3).</summary>
internal static class SentencePieceReader
{
    private const int MostPieces = 1 << 22;

    /// <summary>Reads a model.</summary>
    /// <param name="content">The file's bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="ModelFormatException">The file is damaged or is not a BPE model.</exception>
    public static SentencePieceModel Read(ReadOnlySpan<byte> content, string file)
    {
        var model = new SentencePieceModel();
        var reader = new ProtobufReader(content, file);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    if (model.Pieces.Count == MostPieces) throw reader.Problem($"more than {MostPieces} pieces");
                    model.Pieces.Add(ReadPiece(reader.Message()));
                    break;
                case 2:
                    ReadTrainer(reader.Message(), model);
                    break;
                case 3:
                    ReadNormalizer(reader.Message(), model);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (model.Pieces.Count == 0) throw new ModelFormatException(file, "", "has no pieces; is this a SentencePiece model?");
        if (model.ModelType != 2)
        {
            var kind = model.ModelType switch { 1 => "a unigram model", 3 => "a word model", 4 => "a character model", _ => $"of the unknown type {model.ModelType}" };
            throw new ModelFormatException(file, "model_type", $"the SentencePiece model is {kind}; Pare reads BPE models (Llama, Mistral, Gemma)");
        }

        return model;
    }

    private static (string Text, float Score, PieceKind Kind) ReadPiece(ProtobufReader reader)
    {
        var (text, score, kind) = ("", 0f, PieceKind.Normal);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    text = reader.Text();
                    break;
                case 2:
                    score = reader.Float();
                    break;
                case 3:
                    kind = reader.Int() is >= 1 and <= 6 and var value ? (PieceKind)value : throw reader.Problem("a piece is of an unknown kind");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (text, score, kind);
    }

    private static void ReadTrainer(ProtobufReader reader, SentencePieceModel model)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3: model.ModelType = reader.Int(); break;
                case 24: model.SpaceIsSuffix = reader.Bool(); break;
                case 35: model.ByteFallback = reader.Bool(); break;
                case 40: model.UnknownId = reader.Int(); break;
                case 41: model.BosId = reader.Int(); break;
                case 42: model.EosId = reader.Int(); break;
                case 43: model.PadId = reader.Int(); break;
                default: reader.Skip(); break;
            }
        }
    }

    private static void ReadNormalizer(ProtobufReader reader, SentencePieceModel model)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: model.CharacterMap = reader.Bytes().ToArray(); break;
                case 3: model.AddsDummyPrefix = reader.Bool(); break;
                case 4: model.RemovesExtraSpaces = reader.Bool(); break;
                case 5: model.EscapesSpaces = reader.Bool(); break;
                default: reader.Skip(); break;
            }
        }
    }
}
