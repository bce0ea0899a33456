namespace Pare.Compression;

/// <summary>A step that goes over the model once, block by block. The runner calls it in the order of the recipe.</summary>
internal interface ICompressionPass : IPass
{
    /// <summary>Changes the parameters of one block, or (block −1) those outside all blocks.</summary>
    void Apply(BlockEdit block);
}
