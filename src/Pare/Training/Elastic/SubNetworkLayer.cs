namespace Pare.Training;

/// <summary>A layer of a sub-network: which layer of the model it is, and how much of it is there.</summary>
/// <param name="Source">Index of the layer in the whole model.</param>
/// <param name="KeyValueHeads">Key-value heads; 0 leaves the layer's attention out.</param>
/// <param name="HeadsPerGroup">Query heads of each key-value head.</param>
/// <param name="HeadSize">Channels of a head; less than the model's keeps whole rotary pairs, those that turn fastest.</param>
/// <param name="FfnSize">Neurons; 0 leaves the layer's feed-forward network out.</param>
public sealed record SubNetworkLayer(int Source, int KeyValueHeads, int HeadsPerGroup, int HeadSize, int FfnSize);
