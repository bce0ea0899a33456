using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>The blocked loops around a micro-kernel.</summary>
/// <remarks>
/// C is cut into chunks so large that their packed operands stay in the last-level cache; depth is cut into blocks that are summed one after another, in order.
/// Threads share the panels to pack, then the blocks of C; a tile's sum runs the same way whoever computes it.
/// </remarks>
internal static unsafe class GemmDriver<TKernel>
    where TKernel : struct, IGemmKernel
{
    // Floats of one packed operand: 5 MiB.
    private const int ChunkFloats = 1_310_720;

    // Floats of one packed operand of a product on one thread: 512 KiB.
    private const int SerialChunkFloats = 131_072;

    // Terms of a block of depth: few enough that a panel of A or of B stays in the first-level cache, and the same for every kernel, so that sums of all have the same bits. A multiple of 256, the longest block of a stored format.
    private const int Depth = 256;
    private const int LongestBlock = Depth + Depth / 2;

    // Work below which another part costs more than it brings.
    private const double PartProducts = 2e6;

    /// <summary>C += alpha·A·B, or C = alpha·A·B.</summary>
    public static void Run<TA, TB>(ComputePool pool, int m, int n, int k, float alpha, in TA a, in TB b, float* c, nint stride, bool accumulate)
        where TA : struct, IPanelSource
        where TB : struct, IPanelSource
    {
        var deepest = DeepestBlock(k);
        var rows = Chunk(m, TKernel.Rows, deepest, ChunkFloats);
        var columns = Chunk(n, TKernel.Columns, deepest, ChunkFloats);
        var packedA = pool.Scratch(0, (long)rows * deepest);
        var packedB = pool.Scratch(1, (long)columns * deepest);
        var (haveRow, haveDepth) = (-1, -1);
        for (var column = 0; column < n; column += columns)
        {
            var columnCount = Math.Min(columns, n - column);
            for (var start = 0; start < k;)
            {
                var depth = BlockDepth(k - start);
                for (var row = 0; row < m; row += rows)
                {
                    var rowCount = Math.Min(rows, m - row);
                    var packA = haveRow != row || haveDepth != start;
                    (haveRow, haveDepth) = (row, start);
                    var pack = new PackBody<TA, TB>(a, b, alpha, packedA, packedB, start, depth, row, packA ? rowCount : 0, column, row == 0 ? columnCount : 0);
                    pool.For(pack.Parts, pack);
                    var tiles = new TileBody(packedA, packedB, depth, rowCount, columnCount, c + row * stride + column, stride, accumulate || start > 0);
                    var (rowParts, columnParts) = Parts(pool.Threads, rowCount, columnCount, depth);
                    var body = new ComputeBody(tiles, rowParts, columnParts);
                    pool.For(rowParts * columnParts, body);
                }

                start += depth;
            }
        }
    }

    /// <summary>The same on the calling thread.</summary>
    public static void RunSerial<TA, TB>(int m, int n, int k, float alpha, in TA a, in TB b, float* c, nint stride, bool accumulate, float* scratch)
        where TA : struct, IPanelSource
        where TB : struct, IPanelSource
    {
        var deepest = DeepestBlock(k);
        var rows = Chunk(m, TKernel.Rows, deepest, SerialChunkFloats);
        var columns = Chunk(n, TKernel.Columns, deepest, SerialChunkFloats);
        var packedA = (float*)(((nuint)scratch + 63) & ~(nuint)63);
        var packedB = packedA + (nint)rows * deepest / 16 * 16 + 16;
        var (haveRow, haveDepth) = (-1, -1);
        for (var column = 0; column < n; column += columns)
        {
            var columnCount = Math.Min(columns, n - column);
            for (var start = 0; start < k;)
            {
                var depth = BlockDepth(k - start);
                for (var row = 0; row < m; row += rows)
                {
                    var rowCount = Math.Min(rows, m - row);
                    if (haveRow != row || haveDepth != start) PackChunk(a, alpha, packedA, TKernel.Rows, start, depth, row, rowCount);
                    if (row == 0) PackChunk(b, 1, packedB, TKernel.Columns, start, depth, column, columnCount);
                    (haveRow, haveDepth) = (row, start);
                    new TileBody(packedA, packedB, depth, rowCount, columnCount, c + row * stride + column, stride, accumulate || start > 0)
                        .Run(0, Panels(rowCount, TKernel.Rows), 0, Panels(columnCount, TKernel.Columns));
                }

                start += depth;
            }
        }
    }

    /// <summary>Floats of scratch that <see cref="RunSerial{TA, TB}"/> uses.</summary>
    public static long SerialScratchLength(int m, int n, int k)
    {
        var deepest = DeepestBlock(k);
        return Most(m, TKernel.Rows) + Most(n, TKernel.Columns) + 64;

        // Not the exact chunk, so that it grows with every size.
        long Most(int lines, int width) => Math.Min((long)Panels(lines, width) * width * deepest, Math.Max(SerialChunkFloats, (long)width * deepest));
    }

    private static int Panels(int lines, int width) => (lines + width - 1) / width;

    // A rest of up to half a block is added to the block before it.
    private static int BlockDepth(int rest) => rest <= LongestBlock ? rest : Depth;

    private static int DeepestBlock(int k) => Math.Min(k, LongestBlock);

    private static int Chunk(int lines, int width, int depth, int floats) => Math.Min(Panels(lines, width), Math.Max(1, floats / (depth * width))) * width;

    private static (int Rows, int Columns) Parts(int threads, int rows, int columns, int depth)
    {
        var columnParts = (columns + TKernel.PartColumns - 1) / TKernel.PartColumns;
        if (threads == 1) return (1, columnParts);
        var wanted = Math.Clamp((int)((double)rows * columns * depth / PartProducts), 1, 32 * threads);
        if (wanted < columnParts) return (1, wanted);
        return (Math.Min((wanted + columnParts - 1) / columnParts, Panels(rows, TKernel.Rows)), columnParts);
    }

    private static void PackChunk<T>(in T source, float alpha, float* packed, int width, int start, int depth, int line, int lines)
        where T : struct, IPanelSource
    {
        for (var i = 0; i < lines; i += width) PackPanel(source, alpha, packed + (nint)i * depth, width, start, depth, line + i, Math.Min(width, lines - i));
    }

    private static void PackPanel<T>(in T source, float alpha, float* panel, int width, int start, int depth, int line, int lines)
        where T : struct, IPanelSource
    {
        source.Pack(line, lines, start, depth, width, panel);
        if (alpha != 1) VectorMath.Scale(new Span<float>(panel, width * depth), alpha);
    }

    private readonly struct PackBody<TA, TB>(TA a, TB b, float alpha, float* packedA, float* packedB, int start, int depth, int row, int rows, int column, int columns) : IParallelBody
        where TA : struct, IPanelSource
        where TB : struct, IPanelSource
    {
        // Panels that one part packs.
        private const int Group = 4;

        private readonly int _partsA = Panels(rows, TKernel.Rows * Group);

        public int Parts => _partsA + Panels(columns, TKernel.Columns * Group);

        public void Execute(int part, int worker)
        {
            if (part < _partsA)
            {
                var first = part * TKernel.Rows * Group;
                PackChunk(a, alpha, packedA + (nint)first * depth, TKernel.Rows, start, depth, row + first, Math.Min(TKernel.Rows * Group, rows - first));
            }
            else
            {
                var first = (part - _partsA) * TKernel.Columns * Group;
                PackChunk(b, 1, packedB + (nint)first * depth, TKernel.Columns, start, depth, column + first, Math.Min(TKernel.Columns * Group, columns - first));
            }
        }
    }

    private readonly struct ComputeBody(TileBody tiles, int rowParts, int columnParts) : IParallelBody
    {
        // Neighbouring parts share their columns, whose packed panels stay in the second-level cache.
        public void Execute(int part, int worker)
        {
            var (columnPart, rowPart) = Math.DivRem(part, rowParts);
            var rowPanels = Panels(tiles.Rows, TKernel.Rows);
            var columnPanels = Panels(tiles.Columns, TKernel.Columns);
            tiles.Run(Cut(rowPanels, rowPart, rowParts), Cut(rowPanels, rowPart + 1, rowParts), Cut(columnPanels, columnPart, columnParts), Cut(columnPanels, columnPart + 1, columnParts));
        }

        private static int Cut(int count, int part, int parts) => (int)((long)count * part / parts);
    }

    private readonly struct TileBody(float* packedA, float* packedB, int depth, int rows, int columns, float* c, nint stride, bool accumulate)
    {
        public int Rows => rows;

        public int Columns => columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public void Run(int firstRow, int endRow, int firstColumn, int endColumn)
        {
            for (var i = firstRow; i < endRow; i += TKernel.InnerRows)
            {
                var end = Math.Min(i + TKernel.InnerRows, endRow);
                for (var column = firstColumn; column < endColumn; column++)
                {
                    var b = packedB + (nint)column * TKernel.Columns * depth;
                    var width = columns - column * TKernel.Columns;
                    for (var row = i; row < end; row++)
                    {
                        var a = packedA + (nint)row * TKernel.Rows * depth;
                        var tile = c + row * TKernel.Rows * stride + column * TKernel.Columns;
                        var height = Math.Min(rows - row * TKernel.Rows, TKernel.Rows);
                        if (width >= TKernel.Columns && height % TKernel.RowStep == 0)
                            TKernel.Multiply(height, depth, a, b, tile, stride, accumulate);
                        else
                            Edge(a, b, tile, height, Math.Min(width, TKernel.Columns));
                    }
                }
            }
        }

        [SkipLocalsInit]
        private void Edge(float* a, float* b, float* tile, int height, int width)
        {
            var whole = stackalloc float[TKernel.Rows * TKernel.Columns];
            TKernel.Multiply(Panels(height, TKernel.RowStep) * TKernel.RowStep, depth, a, b, whole, TKernel.Columns, false);
            for (var i = 0; i < height; i++)
            {
                var from = whole + i * TKernel.Columns;
                var to = tile + i * stride;
                if (accumulate)
                    for (var j = 0; j < width; j++) to[j] += from[j];
                else
                    for (var j = 0; j < width; j++) to[j] = from[j];
            }
        }
    }
}
