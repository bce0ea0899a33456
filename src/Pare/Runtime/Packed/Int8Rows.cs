using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Activations of a chunk, quantized to int8 in blocks of 32 columns.</summary>
/// <remarks>Tokens are kept in tiles of 8; a tile is [block, token], so that a kernel walks through it in one direction whatever the stride of the rows.</remarks>
internal sealed unsafe class Int8Rows : IDisposable
{
    /// <summary>Tokens of a tile; the last may have fewer.</summary>
    public const int TileTokens = 8;

    private readonly NativeBuffer<byte> _data;

    /// <summary>Makes room.</summary>
    /// <param name="tokens">Most tokens.</param>
    /// <param name="columns">Most columns.</param>
    public Int8Rows(int tokens, int columns) => _data = new NativeBuffer<byte>(BytesPerToken(columns) * tokens, zeroed: false);

    /// <summary>Bytes that a token takes.</summary>
    public static long BytesPerToken(int columns) => (columns + 31) / 32 * (long)Int8Block.Bytes;

    /// <summary>Tokens that are there.</summary>
    public int Tokens { get; private set; }

    /// <summary>Blocks of a token.</summary>
    public int Blocks { get; private set; }

    /// <summary>Says which shape the content has; <see cref="Write"/> or <see cref="Quantize"/> fill it.</summary>
    public void Reshape(int tokens, int columns)
    {
        Tokens = tokens;
        Blocks = columns / 32;
    }

    /// <summary>First block of a tile; the next block of the same token lies <see cref="TileLength"/> blocks further.</summary>
    public byte* Tile(int tile) => _data.Pointer + (long)tile * TileTokens * Blocks * Int8Block.Bytes;

    /// <summary>Tokens of a tile.</summary>
    public int TileLength(int tile) => Math.Min(TileTokens, Tokens - tile * TileTokens);

    /// <summary>Quantizes part of a token.</summary>
    /// <param name="x">Its numbers from <paramref name="column"/> on.</param>
    /// <param name="token">Which token.</param>
    /// <param name="column">First column, a multiple of 32.</param>
    /// <param name="count">Columns, a multiple of 32.</param>
    public void Write(float* x, int token, int column, int count)
    {
        var tile = token / TileTokens;
        var step = TileLength(tile);
        var block = Tile(tile) + ((long)(column / 32) * step + token % TileTokens) * Int8Block.Bytes;
        for (var i = 0; i < count; i += 32, block += (long)step * Int8Block.Bytes) Int8Block.Write(x + i, block);
    }

    /// <summary>Quantizes [tokens, columns] numbers.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="x">[tokens, columns].</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="columns">Columns, a multiple of 32.</param>
    public void Quantize(ComputePool pool, float* x, int tokens, int columns)
    {
        Reshape(tokens, columns);
        if (tokens == 1) Write(x, 0, 0, columns);
        else pool.For(tokens, new Token(this, x, columns));
    }

    public void Dispose() => _data.Dispose();

    private readonly struct Token(Int8Rows rows, float* x, int columns) : IParallelBody
    {
        public void Execute(int part, int worker) => rows.Write(x + (long)part * columns, part, 0, columns);
    }
}
