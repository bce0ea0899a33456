using System.Buffers.Binary;
using System.Text;
using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Models.Vocabularies;

/// <summary>Writes tokenizer.model, SentencePiece's protobuf message, from GGUF metadata.</summary>
internal static class SentencePieceWriter
{
    private const int Varint = 0;
    private const int Bytes = 2;
    private const int Fixed32 = 5;

    public static byte[] Write(GgufMetadata metadata, string[] tokens, int[] kinds)
    {
        var scores = metadata.GetFloatArray("tokenizer.ggml.scores");
        if (scores.Length != tokens.Length) throw new ModelFormatException(metadata.File, "tokenizer.ggml.scores", $"has {scores.Length} entries for {tokens.Length} tokens");
        using var file = new MemoryStream();
        for (var id = 0; id < tokens.Length; id++)
        {
            using var piece = new MemoryStream();
            Text(piece, 1, tokens[id]);
            Float(piece, 2, scores[id]);
            Number(piece, 3, kinds[id] is >= 1 and <= 6 ? kinds[id] : (int)PieceKind.Normal);
            Message(file, 1, piece);
        }

        using var trainer = new MemoryStream();
        Number(trainer, 3, 2); // byte-pair encoding
        Number(trainer, 35, kinds.Contains((int)PieceKind.Byte) ? 1 : 0);
        Number(trainer, 40, Id("unknown_token_id"));
        Number(trainer, 41, Id("bos_token_id"));
        Number(trainer, 42, Id("eos_token_id"));
        Number(trainer, 43, Id("padding_token_id"));
        Message(file, 2, trainer);

        using var normalizer = new MemoryStream();
        Text(normalizer, 1, "identity");
        Number(normalizer, 3, metadata.GetBool("tokenizer.ggml.add_space_prefix", true) ? 1 : 0);
        Number(normalizer, 4, metadata.GetBool("tokenizer.ggml.remove_extra_whitespaces", false) ? 1 : 0);
        Number(normalizer, 5, 1); // spaces are escaped
        Message(file, 3, normalizer);
        return file.ToArray();

        long Id(string key) => metadata.ContainsKey("tokenizer.ggml." + key) && metadata.GetInt64("tokenizer.ggml." + key) is >= 0 and < uint.MaxValue and var id ? id : -1;
    }

    private static void Message(MemoryStream stream, int field, MemoryStream message)
    {
        Tag(stream, field, Bytes);
        Unsigned(stream, (ulong)message.Length);
        message.WriteTo(stream);
    }

    private static void Text(MemoryStream stream, int field, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Tag(stream, field, Bytes);
        Unsigned(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Float(MemoryStream stream, int field, float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Tag(stream, field, Fixed32);
        stream.Write(bytes);
    }

    private static void Number(MemoryStream stream, int field, long value)
    {
        Tag(stream, field, Varint);
        Unsigned(stream, (ulong)value);
    }

    private static void Tag(MemoryStream stream, int field, int kind) => Unsigned(stream, ((ulong)field << 3) | (uint)kind);

    private static void Unsigned(MemoryStream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }
}
