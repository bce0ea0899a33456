using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Training;

/// <summary>Rotary embedding of the queries or keys of a batch, in place, forward or backward. Every sequence starts at position 0.</summary>
internal static unsafe class RopeLayer
{
    /// <summary>Turns every head of every token.</summary>
    /// <param name="work">Threads.</param>
    /// <param name="rope">Cosines and sines for at least <paramref name="length"/> positions.</param>
    /// <param name="vectors">[n, heads · head size].</param>
    /// <param name="n">Tokens: whole sequences one after another.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="headSize">Channels of a head.</param>
    /// <param name="backward">Whether gradients are taken back instead.</param>
    public static void Run(LayerWork work, RopeTable rope, float* vectors, int n, int length, int heads, int headSize, bool backward) =>
        work.Pool.For(ColumnSums.Parts(n), new Rows(rope, vectors, n, length, heads, headSize, backward));

    private readonly struct Rows(RopeTable rope, float* vectors, int n, int length, int heads, int headSize, bool backward) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var end = Math.Min(n, (part + 1) * ColumnSums.RowsPerPart);
            for (var row = part * ColumnSums.RowsPerPart; row < end; row++)
            {
                var vector = vectors + (long)row * heads * headSize;
                if (backward) rope.ApplyTransposed(vector, heads, headSize, row % length);
                else rope.Apply(vector, heads, headSize, row % length);
            }
        }
    }
}
